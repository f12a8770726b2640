/** Time that passes when somebody waits. */
export class VirtualTime {
  /** Called when somebody begins to wait. */
  onWait: () => void = () => {};
  #now: number;

  constructor(now = Date.parse("2030-01-01T00:00:00Z")) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly wait = async (milliseconds: number): Promise<void> => {
    this.onWait();
    this.#now += milliseconds;
    // Others get their turn, as they would.
    await new Promise(setImmediate);
  };

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
