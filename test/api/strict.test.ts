import { describe, expect, it } from "vitest";
import { bucketConnector, profiledConnector } from "../support/bucket-connector.ts";
import { createTestApp, flowBody, post } from "../support/test-app.ts";

const connectors = [bucketConnector, profiledConnector];

const S3_END = { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "dst-bkt" } } };
const SAAS_SOURCE = {
  connectorType: "Zendesk",
  connectorProfileName: "helpdesk",
  sourceConnectorProperties: { Zendesk: { object: "tickets" } },
};
const MAP = { taskType: "Map", sourceFields: ["id"], destinationField: "id" };

/** What the service refuses and we take, unless we are told to be strict. */
const CASES: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["two destinations", { destinationFlowConfigList: [S3_END, S3_END] }, "AppFlow takes one destination, not 2"],
  [
    "a system's fields that nobody chose",
    { sourceFlowConfig: SAAS_SOURCE, tasks: [MAP] },
    "Create Flow request failed: [Task Validation Error: You must specify a projection task or a MAP_ALL task",
  ],
  [
    "connectors' keys in small letters",
    { sourceFlowConfig: { connectorType: "S3", sourceConnectorProperties: { s3: { bucketName: "src-bkt" } } } },
    "Create Flow request failed: [Invalid sourceConnectorProperties",
  ],
  ["words in other letters", { triggerConfig: { triggerType: "ondemand" } }, "failed to satisfy constraint"],
  [
    "the launch reference's name of the schedule",
    {
      triggerConfig: {
        triggerType: "Scheduled",
        triggerProperties: { scheduledTriggerProperties: { scheduleExpression: "rate(1minutes)" } },
      },
    },
    "TriggerProps is required for Scheduled Trigger Type.",
  ],
  [
    "times as text",
    {
      triggerConfig: {
        triggerType: "Scheduled",
        triggerProperties: {
          Scheduled: { scheduleExpression: "rate(1hours)", scheduleStartTime: "2030-01-01T00:00Z" },
        },
      },
    },
    "expected a time in seconds since 1970",
  ],
];

async function createIn(mode: { readonly strict: boolean }, changes: Record<string, unknown>) {
  const app = createTestApp({ connectors, config: { callers: "anyone", ...mode } });
  await app.ports.profiles.create({
    name: "helpdesk",
    arn: "arn:aws:appflow:eu-west-1:111122223333:connectorprofile/helpdesk",
    connector: "Zendesk",
    mode: "public",
    properties: {},
    credentialsArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:appflow!111122223333-helpdesk-a",
    createdAt: 0,
    updatedAt: 0,
    version: 1,
  });
  return post(app, "/create-flow", flowBody("orders", changes));
}

describe("CreateFlow", () => {
  it.each(CASES)("takes %s, and refuses it when it is strict", async (_, changes, message) => {
    const lenient = await createIn({ strict: false }, changes);
    const strict = await createIn({ strict: true }, changes);

    expect(lenient).toMatchObject({ status: 200, error: null });
    expect(strict.status).toBe(400);
    expect(strict.body["message"]).toContain(message);
  });

  it("takes everything that the service takes when it is strict, unknown members included", async () => {
    const changes = { useDefaultEncryption: true, description: null };

    expect(await createIn({ strict: true }, changes)).toMatchObject({ status: 200 });
  });
});
