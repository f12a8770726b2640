import type { Flow } from "../../flow/flow.ts";
import type { Call } from "../context.ts";
import type { Wish } from "../permit.ts";
import { findTaggedFlow } from "./find-tagged-flow.ts";

/** Stores other tags of the flow, whatever else changes it meanwhile. A flow with other tags does nothing else. */
export async function changeTags(
  arn: string,
  { change, ...wish }: Wish & { readonly change: (tags: Flow["tags"]) => Flow["tags"] },
  call: Call,
): Promise<void> {
  for (;;) {
    const flow = await findTaggedFlow(arn, wish, call);
    const next = { ...flow, tags: change(flow.tags), version: flow.version + 1 };
    if ((await call.flows.update(next)) === "done") return;
  }
}
