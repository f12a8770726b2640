import {
  DeleteRuleCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-eventbridge";
import type { Subscriptions } from "../../flow/subscriptions.ts";
import type { EventSubscription } from "../../sdk/connector.ts";
import { schedulerName } from "./scheduler-request.ts";

/** The bus whose events flows get, and who is handed them. */
export interface BusTarget {
  /** Name or ARN. */
  readonly bus: string;
  /** What the names of all rules begin with, at most thirty characters. */
  readonly prefix: string;
  /** The function that is handed events: it gets `{"flow": "…", "event": {…}}`. */
  readonly functionArn: string;
}

export interface BusSubscriptionsOptions {
  readonly client: EventBridgeClient;
  readonly target: BusTarget;
}

/** One rule on the bus for each flow that runs on events. */
export function createBusSubscriptions({ client, target }: BusSubscriptionsOptions): Subscriptions {
  const { bus, functionArn } = target;
  const onBus = (flow: string) => ({ EventBusName: bus, Rule: ruleName(flow, target) });

  return {
    async set(flow, wanted) {
      const doing = `subscribe the flow \`${flow}\` to the bus \`${bus}\``;
      const { Rule: Name, EventBusName } = onBus(flow);
      const EventPattern = eventPattern(wanted);
      const Description = `The events that the flow ${flow} gets`;
      await attempt(client.send(new PutRuleCommand({ Name, EventBusName, EventPattern, Description })), doing);
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-predefined
      const InputTemplate = `{"flow":${JSON.stringify(flow)},"event":<aws.events.event.json>}`;
      const Targets = [{ Id: TARGET, Arn: functionArn, InputTransformer: { InputTemplate } }];
      const put = client.send(new PutTargetsCommand({ ...onBus(flow), Targets }));
      const [failed] = (await attempt(put, doing)).FailedEntries ?? [];
      if (failed !== undefined)
        throw failure(doing, { name: failed.ErrorCode ?? "Error", message: failed.ErrorMessage ?? "" });
    },
    async clear(flow) {
      const doing = `take the flow \`${flow}\` off the bus \`${bus}\``;
      const { Rule: Name, EventBusName } = onBus(flow);
      await attempt(client.send(new RemoveTargetsCommand({ ...onBus(flow), Ids: [TARGET] })), doing, true);
      await attempt(client.send(new DeleteRuleCommand({ Name, EventBusName })), doing, true);
    },
  };
}

const TARGET = "inbox";

/** Names have 64 characters at most, and others than those of flows. */
function ruleName(flow: string, { prefix }: BusTarget): string {
  return `${prefix}-${schedulerName(flow).slice(-HASH_LENGTH)}`;
}

const HASH_LENGTH = 32;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
export function eventPattern({ source, detailType }: EventSubscription): string {
  return JSON.stringify({
    source: [matcher(source)],
    ...(detailType !== undefined && { "detail-type": [matcher(detailType)] }),
  });
}

/** Wildcards may not stand side by side, and whatever is no wildcard has its backslashes escaped. */
function matcher(text: string): unknown {
  if (!text.includes("*")) return text;
  const wildcard = text.replaceAll("\\", "\\\\").replaceAll(/\*+/g, "*");
  return wildcard === "*" ? { prefix: "" } : { wildcard };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html#API_PutRule_Errors */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    "AccessDeniedException",
    "Allow the engine's role events:PutRule, PutTargets, RemoveTargets and DeleteRule on its rules of the bus.",
  ],
  ["ResourceNotFoundException", "Make the bus, or associate its partner's event source, or name one that there is."],
  ["LimitExceededException", "Delete flows that are not needed, or have the quota of rules raised."],
]);

async function attempt<Answer>(sent: Promise<Answer>, doing: string): Promise<Answer>;
async function attempt<Answer>(sent: Promise<Answer>, doing: string, mayBeGone: true): Promise<Answer | undefined>;
async function attempt<Answer>(sent: Promise<Answer>, doing: string, mayBeGone = false): Promise<Answer | undefined> {
  try {
    return await sent;
  } catch (error) {
    if (mayBeGone && error instanceof ResourceNotFoundException) return undefined;
    throw failure(doing, error instanceof Error ? error : { name: "Error", message: String(error) }, error);
  }
}

function failure(doing: string, { name, message }: Pick<Error, "name" | "message">, cause?: unknown): Error {
  const advice = ADVICE.get(name) ?? "Try again later.";
  return new Error(`Cannot ${doing} (${name}: ${message.slice(0, 500)}). ${advice}`, { cause });
}
