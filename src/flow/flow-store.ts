import type { Flow } from "./flow.ts";

/** Where flows are kept. Reads see every earlier write. */
export interface FlowStore {
  /** False when a flow of that name exists. */
  create(flow: Flow): Promise<boolean>;
  get(name: string): Promise<Flow | undefined>;
  /** Replaces a flow whose stored version is one less than the given one's; false when it is another or gone. */
  update(flow: Flow): Promise<boolean>;
  /** Up to `limit` flows in the order of their names, those after `after` only. */
  list(limit: number, after?: string): Promise<readonly Flow[]>;
  /** False when there is none. */
  delete(name: string): Promise<boolean>;
}
