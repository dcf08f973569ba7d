import { fileURLToPath } from 'node:url'

const inRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** The checkout, with a slash at its end. */
export const REPOSITORY = inRepository('')
/** Where generated stores and installed peers are kept between runs. */
export const CACHE = inRepository('bench/.cache')
export const RESULTS = inRepository('bench/results')
export const REPORT = inRepository('docs/benchmarks.md')
export const OUTGROW = inRepository('bin/outgrow.js')
export const COMPILED = inRepository('dist/cli/main.js')

/** Path of a program in bench/jobs: plain JavaScript, so that no contender pays for compiling TypeScript. */
export const job = (name: string): string => inRepository(`bench/jobs/${name}`)
