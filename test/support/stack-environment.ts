import type { DynoxideServer } from "./dynoxide-server.ts";
import type { TestServer } from "./http-server.ts";
import type { MotoServer } from "./moto-server.ts";

export const STACK = {
  region: "eu-west-1",
  startRun: "arn:aws:lambda:eu-west-1:111122223333:function:millrace-prod-startRun",
  onEvent: "arn:aws:lambda:eu-west-1:111122223333:function:millrace-prod-onEvent",
  runFlow: "arn:aws:lambda:eu-west-1:111122223333:function:millrace-prod-runFlow:durable",
  transfer: "arn:aws:lambda:eu-west-1:111122223333:function:millrace-prod-transfer",
  scheduleGroup: "millrace-prod",
  stagingBucket: "staging",
} as const;

/** What the functions of a stack are told, over servers in place of AWS. */
export function stackEnvironment(
  table: string,
  {
    moto,
    dynoxide,
    lambda,
  }: { readonly moto: MotoServer; readonly dynoxide: DynoxideServer; readonly lambda: TestServer },
): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: STACK.region,
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.origin,
    MILLRACE_ACCOUNT_ID: "111122223333",
    MILLRACE_ALLOWED_BUCKETS: "dst-bkt,lake,raw-data,src-bkt",
    MILLRACE_AUTH: "keys",
    MILLRACE_TABLE: table,
    MILLRACE_SCHEDULE_GROUP: STACK.scheduleGroup,
    MILLRACE_SCHEDULE_ROLE: "arn:aws:iam::111122223333:role/schedules",
    MILLRACE_START_FUNCTION: STACK.startRun,
    MILLRACE_DEAD_LETTERS: "arn:aws:sqs:eu-west-1:111122223333:not-started",
    MILLRACE_ORCHESTRATOR: STACK.runFlow,
    MILLRACE_SOURCE_BUS: "default",
    MILLRACE_RULE_PREFIX: "millrace-prod",
    MILLRACE_ON_EVENT_FUNCTION: STACK.onEvent,
    MILLRACE_TRANSFER_FUNCTION: STACK.transfer,
    MILLRACE_STAGING_BUCKET: STACK.stagingBucket,
  };
}
