import pc from 'picocolors'

/** Colours for text that a person reads; without colour each returns its text as it is. */
export type Style = Pick<ReturnType<typeof pc.createColors>, 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'>

export function styleOf(colour: boolean): Style {
  return pc.createColors(colour)
}
