/** One thing that is wrong with a definition. All of them are reported at once. */
export interface Problem {
  /** Where: `tasks[2].taskProperties.MASK_LENGTH`. */
  readonly path: string;
  /** What is wrong, with the value. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** What AppFlow itself says in this case, word for word: people search for it. */
  readonly known?: string;
}
