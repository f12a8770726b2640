/** Tells what waits to be told, from this process: soon after it happened, and once more when the process ends. */
export class EmbeddedCourier {
  readonly #deliver: () => Promise<number>;
  readonly #report: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #isStopped = false;

  /** `deliver` answers with how many nobody took; `report` is told what it fails with. */
  constructor(deliver: () => Promise<number>, report: (error: unknown) => void) {
    this.#deliver = deliver;
    this.#report = report;
  }

  start(): void {
    this.#working ??= this.#work();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#working;
    await this.#work();
  }

  /** Never fails: what nobody takes now somebody may take in a while. */
  async #work(): Promise<void> {
    let wait = MS_BETWEEN_LOOKS;
    try {
      if ((await this.#deliver()) > 0) wait = RETRY_MS;
    } catch (error) {
      this.#report(error);
      wait = RETRY_MS;
    }
    this.#working = undefined;
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.start(), wait);
    // Whoever wants to be told has other reasons for the process to live.
    this.#timer.unref();
  }
}

const MS_BETWEEN_LOOKS = 1000;
const RETRY_MS = 30_000;
