/** The bytes of one object, pulled by whoever decodes them. */
export interface ByteSource {
  /** What messages call it: `s3://bucket/key`, or the address of a page. */
  readonly name: string;
  /** How many bytes there are; undefined when only reading to the end can tell. */
  readonly size: number | undefined;
  /** The bytes from `from` (default 0) to the end. Chunks may be of any size; a chunk is valid until the next one is pulled. */
  stream(from?: number): AsyncIterable<Uint8Array>;
  /**
   * Exactly `length` bytes from `from`, in memory that is the caller's alone: at the front of `into`, if that is given.
   * Fails when the object is shorter or its size is unknown.
   */
  read(from: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
}
