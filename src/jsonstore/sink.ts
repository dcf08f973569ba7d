/** Where bytes go, one run after the other. The run may be overwritten once the promise is settled: copy to keep it. */
export type Sink = (bytes: Uint8Array) => Promise<void>
