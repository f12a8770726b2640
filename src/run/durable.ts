import type { Json } from "../sdk/json.ts";

/**
 * What an orchestrator is written against, so that it can be carried on by another process, or on another day: what these
 * answered is remembered, and the orchestrator begun again from its first line comes to the same place without doing it
 * again. So between them it may neither look at a clock, nor ask chance, nor read or write anything. All that is
 * remembered is small and holds no data: it names what the stores know.
 */
export interface Durable {
  /** Does something in this process, and again if the process dies before the answer is remembered. Fails when it does. */
  step<Answer extends Json>(name: string, work: () => Promise<Answer>): Promise<Answer>;
  /** Has another function do something. That it failed is an answer, too; nothing is tried again. */
  call(name: string, callee: Callee, input: Json): Promise<CallAnswer>;
  /**
   * Goes through the items, up to `width` of them at once, begun in their order. Once `isLast` holds of an answer, no
   * other is begun, and those under way need not be waited for. Answers with what is known by then.
   */
  map<Item extends Json, Answer extends Json>(
    name: string,
    items: readonly Item[],
    through: MapOver<Item, Answer>,
  ): Promise<readonly Answer[]>;
  pause(name: string, seconds: number): Promise<void>;
}

export interface MapOver<Item, Answer> {
  readonly width: number;
  readonly work: (item: Item, durable: Durable) => Promise<Answer>;
  readonly isLast: (answer: Answer) => boolean;
}

/** `transfer` works on one slice of a run; `orchestrate` begins an execution of its own. */
export type Callee = "transfer" | "orchestrate";

export type CallAnswer = { readonly answer: Json } | { readonly error: string };
