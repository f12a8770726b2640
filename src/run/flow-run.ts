import type { Run } from "./run.ts";

/**
 * What has become of a run that somebody carries out himself. `carried`: it stands like that, and an earlier call had
 * ended it, if `before`; `busy`: another run holds the flow; `gone`: the flow was deleted.
 */
export type FlowRun =
  | { readonly state: "carried"; readonly run: Run; readonly before: boolean }
  | { readonly state: "busy"; readonly runId: string }
  | { readonly state: "gone" };
