import type { Flow } from "./flow.ts";

/** Where flows are kept. Reads see every earlier write. */
export interface FlowStore {
  /** False when a flow of that name exists, or one created with the same token less than `TOKEN_LIFE_MS` before. */
  create(flow: Flow): Promise<boolean>;
  get(name: string): Promise<Flow | undefined>;
  /** Replaces a flow whose stored version is one less than the given one's; false when it is another or gone. */
  update(flow: Flow): Promise<boolean>;
  /** Up to `limit` flows in the order of their names, those after `after` only. */
  list(limit: number, after?: string): Promise<readonly Flow[]>;
  /** False when there is none. */
  delete(name: string): Promise<boolean>;
}

/** How long a client token is remembered: AppFlow's eight hours. */
export const TOKEN_LIFE_MS = 8 * 60 * 60 * 1000;
