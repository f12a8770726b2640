/*
 * Processes that share nothing but what is outside of them. Whatever a process asks of the outside is parked; the
 * scheduler takes one parked call after the other, in an order and with a fate that somebody chooses. Nothing else ever
 * happens: the same choices give the same history.
 */

/** What a process asks of the outside. */
export interface Request<Answer> {
  /** `runs.write`, for example. */
  readonly name: string;
  /** What it is about, for people. */
  readonly about: () => string;
  /** Has its effect, in one moment, and answers or throws. */
  readonly perform: () => Answer;
  /** Asking again may not have the same effect. */
  readonly changes: boolean;
  /** What the caller gets when there is no answer. Undefined: it cannot fail. */
  readonly unavailable?: () => Error;
}

/** A call that waits for its turn. */
export interface ParkedCall extends Request<unknown> {
  readonly process: Process;
  /** Whoever asked is dead: nobody gets the answer. */
  orphaned: boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `perform`: it is answered; `lose`: it has its effect, the answer is lost; `repeat`: the answer is lost, and a client
 * that tries again gets the second answer; `refuse`: it fails without effect; `late`: there is no answer, and it has its effect
 * at any later time. The process dies `kill-before` it, `kill-after`
 * it, or `kill-in-flight`: then it has its effect at any later time.
 */
export type Fate = "perform" | "lose" | "repeat" | "refuse" | "late" | "kill-before" | "kill-after" | "kill-in-flight";

export interface Process {
  readonly number: number;
  readonly name: string;
  state: "alive" | "done" | "failed" | "dead";
  /** What it failed with. */
  failure: unknown;
  /** Calls of it that are parked. */
  waiting: number;
  /** How far its clock is off, in milliseconds. */
  skewMs: number;
}

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600_000;

/** A process that computes for so many turns of the event loop without asking for anything does not end. */
const MOST_TURNS = 10_000;

/** The engine reads on while one part is on its way. */
const TURNS_BESIDE_A_PART = 3;

export class Scheduler {
  /** The true time, in milliseconds since 1970. */
  now = START;
  /** How many calls have been taken, and how many of them met something else than their answer. */
  steps = 0;
  faults = 0;
  readonly parked: ParkedCall[] = [];
  readonly processes: Process[] = [];
  /** Told of every effect, right after it. */
  onEffect: ((call: ParkedCall) => void) | undefined;
  readonly #trace: string[] | undefined;

  constructor(trace: string[] | undefined) {
    this.#trace = trace;
  }

  spawn(name: string, skewMs: number, main: (process: Process) => Promise<void>): Process {
    const number = this.processes.length + 1;
    const process: Process = {
      number,
      name: `${name}-${number}`,
      state: "alive",
      failure: undefined,
      waiting: 0,
      skewMs,
    };
    this.processes.push(process);
    this.tell(() => `${process.name} starts`);
    main(process).then(
      () => this.#end(process, "done", undefined),
      (error: unknown) => this.#end(process, "failed", error),
    );
    return process;
  }

  /** Parks a call of a process. A dead process waits for ever. */
  ask<Answer>(process: Process, request: Request<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (process.state !== "alive") return;
      process.waiting++;
      this.parked.push({ ...request, process, orphaned: false, resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** Takes a parked call. It is over when the process that asked waits again, or has ended. */
  async take(call: ParkedCall, fate: Fate): Promise<void> {
    this.parked.splice(this.parked.indexOf(call), 1);
    this.steps++;
    if (call.orphaned) this.#perform(call);
    else {
      call.process.waiting--;
      if (fate !== "perform") this.faults++;
      this.#meet(call, fate);
      await this.settle();
    }
  }

  /** Waits until every process waits, or has ended. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      await turnOfTheLoop();
      if (this.processes.some(({ state, waiting }) => state === "alive" && waiting === 0)) continue;
      if (!this.parked.some(({ name, orphaned }) => !orphaned && name.startsWith("objects.uploadPart"))) return;
      const before = this.parked.length;
      for (let i = 0; i < TURNS_BESIDE_A_PART; i++) await turnOfTheLoop();
      if (this.parked.length === before) return;
    }
    const busy = this.processes.filter(({ state, waiting }) => state === "alive" && waiting === 0);
    throw new Error(`${busy.map(({ name }) => name).join(", ")} computes without end.`);
  }

  /** The process is gone. Of its calls, those that `mayArrive` says so still have their effect some time. */
  kill(process: Process, mayArrive: (call: ParkedCall) => boolean = () => false): void {
    if (process.state !== "alive") return;
    process.state = "dead";
    this.tell(() => `${process.name} is killed`);
    for (const call of this.parked.filter((each) => each.process === process && !each.orphaned)) {
      if (call.changes && mayArrive(call)) call.orphaned = true;
      else this.parked.splice(this.parked.indexOf(call), 1);
    }
  }

  tell(line: () => string): void {
    this.#trace?.push(`${String(this.steps).padStart(4)} ${new Date(this.now).toISOString()} ${line()}`);
  }

  #end(process: Process, state: "done" | "failed", failure: unknown): void {
    if (process.state !== "alive") return;
    process.state = state;
    process.failure = failure;
    this.tell(() => `${process.name} ${state === "done" ? "ends" : `fails: ${String(failure)}`}`);
  }

  #meet(call: ParkedCall, fate: Fate): void {
    const { process, unavailable } = call;
    switch (fate) {
      case "perform":
        return this.#answer(call, this.#perform(call));
      case "repeat":
        this.#perform(call);
        return this.#answer(call, this.#perform(call));
      case "lose":
        this.#perform(call);
        this.tell(() => `${process.name} gets no answer`);
        return call.reject(unavailable!());
      case "refuse":
        this.tell(() => `${process.name} ${call.name} ${call.about()} → unavailable`);
        return call.reject(unavailable!());
      case "late":
        this.tell(() => `${process.name} ${call.name} ${call.about()} → no answer, and on its way`);
        this.parked.push({ ...call, orphaned: true });
        return call.reject(unavailable!());
      case "kill-before":
        return this.kill(process);
      case "kill-after":
        this.#perform(call);
        return this.kill(process);
      case "kill-in-flight":
        this.tell(() => `${process.name} ${call.name} ${call.about()} → on its way`);
        this.kill(process);
        call.orphaned = true;
        this.parked.push(call);
    }
  }

  #perform(call: ParkedCall): Answer {
    const answer = attempt(call.perform);
    this.tell(() => `${call.process.name} ${call.name} ${call.about()} → ${wordFor(answer)}`);
    this.onEffect?.(call);
    return answer;
  }

  #answer(call: ParkedCall, answer: Answer): void {
    if ("error" in answer) call.reject(answer.error);
    else call.resolve(answer.value);
  }
}

type Answer = { readonly value: unknown } | { readonly error: unknown };

function attempt(perform: () => unknown): Answer {
  try {
    return { value: perform() };
  } catch (error) {
    return { error };
  }
}

function wordFor(answer: Answer): string {
  if ("error" in answer) return String(answer.error);
  const { value } = answer;
  if (value === undefined) return "done";
  return typeof value === "boolean" || typeof value === "string" ? String(value) : "found";
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
