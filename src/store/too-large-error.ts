/** A value that a store cannot hold, whatever is tried. The message says which, how large it is, and what to do. */
export class TooLargeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TooLargeError";
  }
}
