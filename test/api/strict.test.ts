import { describe, expect, it } from "vitest";
import { connectors as catalogue } from "../../connectors/index.ts";
import { bucketConnector, profiledConnector } from "../support/bucket-connector.ts";
import { sampleProfile } from "../support/sample-profile.ts";
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

/** ConnectorType and key, a schedule that is too quick and one that is not, what the message says of both. */
const PACES = [
  ["Amplitude", "Amplitude", "cron(0 0,12 * * ? *)", "cron(0 6 * * ? *)", "12 hours", "1 day", "rate(1days)"],
  ["Googleanalytics", "GoogleAnalytics", "rate(1 minute)", "rate(1weeks)", "1 minute", "1 day", "rate(1days)"],
  ["Marketo", "Marketo", "rate(5minutes)", "rate(1 hour)", "5 minutes", "1 hour", "rate(1hours)"],
  ["Singular", "Singular", "rate(59minutes)", "rate(60minutes)", "59 minutes", "1 hour", "rate(1hours)"],
  ["Trendmicro", "Trendmicro", "cron(0/40 * * * ? *)", "once", "20 minutes", "1 hour", "rate(1hours)"],
] as const;

interface Mode {
  readonly strict: boolean;
}

async function createIn(mode: Mode, changes: Record<string, unknown>) {
  const app = createTestApp({ connectors, config: { callers: "anyone", ...mode } });
  await app.ports.profiles.create(sampleProfile("helpdesk", { connector: "Zendesk" }));
  return post(app, "/create-flow", flowBody("orders", changes));
}

/** With the connectors that there are, and a profile of one of them. */
async function createFrom(connector: string, mode: Mode, changes: Record<string, unknown>) {
  const app = createTestApp({ connectors: catalogue, config: { callers: "anyone", ...mode } });
  await app.ports.profiles.create(sampleProfile("any", { connector }));
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

  it("knows no other sources that AppFlow reads less than once a minute", () => {
    const slow = catalogue.filter(({ source }) => source !== undefined && source.minimumMinutes > 1);

    expect(slow.map(({ type }) => type).toSorted()).toEqual(PACES.map(([type]) => type));
  });

  it.each(PACES)(
    "lets flows from %s run no oftener than AppFlow does when it is strict",
    async (type, key, quick, slow, ...words) => {
      const [shortest, least, remedy] = words;
      const at = (scheduleExpression: string) => ({
        triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: { scheduleExpression } } },
        sourceFlowConfig: {
          connectorType: type,
          connectorProfileName: "any",
          sourceConnectorProperties: { [key]: { object: "leads" } },
        },
      });
      const { label } = catalogue.find((connector) => connector.type === type)!;

      expect(await createFrom(type, { strict: false }, at(quick))).toMatchObject({ status: 200 });
      expect(await createFrom(type, { strict: true }, at(slow))).toMatchObject({ status: 200 });
      expect(await createFrom(type, { strict: true }, at(quick))).toMatchObject({
        error: "ValidationException",
        body: {
          message:
            "Create Flow request failed: [triggerConfig.triggerProperties.Scheduled.scheduleExpression: " +
            `"${quick}" runs again after ${shortest}, and flows from ${label} run once in ${least} at most — ` +
            `give ${remedy} or a longer interval, or let this engine be lenient]`,
        },
      });
    },
  );

  it("takes everything that the service takes when it is strict, unknown members included", async () => {
    const changes = { useDefaultEncryption: true, description: null };

    expect(await createIn({ strict: true }, changes)).toMatchObject({ status: 200 });
  });
});
