import { describe, expect, it } from "vitest";
import { CreateFlowRequest } from "../../src/api/shapes.ts";
import { tolerate } from "../../src/api/tolerate.ts";
import type { Json, JsonObject } from "../../src/sdk/json.ts";

/** What is sent, and its canonical form. */
const SPELLINGS: readonly (readonly [title: string, sent: Json, canonical: Json])[] = [
  [
    "the launch reference's trigger properties",
    { triggerConfig: { triggerProperties: { scheduledTriggerProperties: { scheduleExpression: "rate(1minutes)" } } } },
    { triggerConfig: { triggerProperties: { Scheduled: { scheduleExpression: "rate(1minutes)" } } } },
  ],
  [
    "trigger properties in lower case",
    { triggerConfig: { triggerType: "scheduled", triggerProperties: { scheduled: { dataPullMode: "INCREMENTAL" } } } },
    { triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: { dataPullMode: "Incremental" } } } },
  ],
  [
    "the launch reference's Salesforce sample",
    {
      sourceFlowConfig: {
        connectorType: "Salesforce",
        sourceConnectorProperties: { salesforce: { object: "account" } },
      },
      destinationFlowConfigList: [{ destinationConnectorProperties: { s3: { bucketName: "b", bucketKey: "raw" } } }],
    },
    {
      sourceFlowConfig: {
        connectorType: "Salesforce",
        sourceConnectorProperties: { Salesforce: { object: "account" } },
      },
      destinationFlowConfigList: [{ destinationConnectorProperties: { S3: { bucketName: "b", bucketPrefix: "raw" } } }],
    },
  ],
  [
    "the launch reference's Zendesk sample",
    {
      useDefaultEncryption: false,
      flowName: "f",
      sourceFlowConfig: { sourceConnectorProperties: { zendesk: { object: "tickets" } } },
      destinationFlowConfigList: [{ connectorType: "S3", connectorProfileName: "Test" }],
      tasks: [{ taskProperties: { SOURCE_DATA_TYPE: "integer" }, taskType: "Map" }],
    },
    {
      flowName: "f",
      sourceFlowConfig: { sourceConnectorProperties: { Zendesk: { object: "tickets" } } },
      destinationFlowConfigList: [{ connectorType: "S3", connectorProfileName: "Test" }],
      tasks: [{ taskProperties: { SOURCE_DATA_TYPE: "integer" }, taskType: "Map" }],
    },
  ],
  [
    "the launch reference's Marketo operator",
    { tasks: [{ connectorOperator: { marketo: "BETWEEN" }, taskType: "Filter" }] },
    { tasks: [{ connectorOperator: { Marketo: "BETWEEN" }, taskType: "Filter" }] },
  ],
  ...(
    [
      ["Googleanalytics", "GoogleAnalytics"],
      ["Servicenow", "ServiceNow"],
      ["Infornexus", "InforNexus"],
    ] as const
  ).flatMap(([type, key]) =>
    [type, key, key.toLowerCase(), key.toUpperCase()].map(
      (spelling) =>
        [
          `${spelling} as a type and as a key`,
          { sourceFlowConfig: { connectorType: spelling, sourceConnectorProperties: { [spelling]: { object: "o" } } } },
          { sourceFlowConfig: { connectorType: type, sourceConnectorProperties: { [key]: { object: "o" } } } },
        ] as const,
    ),
  ),
  [
    "enumerations in any case",
    {
      triggerConfig: { triggerType: "ONDEMAND" },
      sourceFlowConfig: { connectorType: "CUSTOMCONNECTOR" },
      tasks: [{ taskType: "map_all", taskProperties: { exclude_source_fields_list: "[]" } }],
    },
    {
      triggerConfig: { triggerType: "OnDemand" },
      sourceFlowConfig: { connectorType: "CustomConnector" },
      tasks: [{ taskType: "Map_all", taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: "[]" } }],
    },
  ],
  [
    "the canonical spelling before any other",
    {
      destinationFlowConfigList: [
        {
          destinationConnectorProperties: { s3: { bucketName: "old" }, S3: { bucketPrefix: "new", bucketKey: "old" } },
        },
        { destinationConnectorProperties: { S3: { bucketKey: "old", bucketPrefix: "new" }, s3: {} } },
      ],
      tasks: [{ taskProperties: { VALUE: "new", value: "old" } }],
    },
    {
      destinationFlowConfigList: [
        { destinationConnectorProperties: { S3: { bucketPrefix: "new" } } },
        { destinationConnectorProperties: { S3: { bucketPrefix: "new" } } },
      ],
      tasks: [{ taskProperties: { VALUE: "new" } }],
    },
  ],
  [
    "nulls and members that nobody knows",
    {
      flowName: "f",
      description: null,
      __proto: 1,
      tags: { a: "b", c: null },
      tasks: [{ isSandboxEnvironment: true }],
    },
    { flowName: "f", tags: { a: "b" }, tasks: [{}] },
  ],
  [
    "times as ISO 8601 and as milliseconds",
    {
      triggerConfig: {
        triggerProperties: {
          Scheduled: {
            scheduleStartTime: "2030-01-01T00:00:00.250Z",
            scheduleEndTime: 1_924_992_000_000,
            firstExecutionFrom: 1_672_531_200.5,
          },
        },
      },
    },
    {
      triggerConfig: {
        triggerProperties: {
          Scheduled: {
            scheduleStartTime: 1_893_456_000.25,
            scheduleEndTime: 1_924_992_000,
            firstExecutionFrom: 1_672_531_200.5,
          },
        },
      },
    },
  ],
];

/** What must not be taken for something else. */
const LEFT_ALONE: readonly (readonly [title: string, sent: Json])[] = [
  ["another word", { tasks: [{ taskType: "MapAll" }] }],
  ["values of another type", { flowName: 7, tasks: "all", tags: [], triggerConfig: "OnDemand" }],
  ["a time that is none", { triggerConfig: { triggerProperties: { Scheduled: { scheduleStartTime: "2030-99-99" } } } }],
  ["a null in a list", { tasks: [null] }],
  ["no object at all", [1, "two", null]],
];

describe("tolerate", () => {
  it.each(SPELLINGS)("brings into canonical form %s", (_, sent, canonical) => {
    expect(tolerate(CreateFlowRequest, sent)).toEqual(canonical);
  });

  it.each(SPELLINGS)("changes nothing of the canonical form of %s", (_, __, canonical) => {
    expect(tolerate(CreateFlowRequest, canonical)).toEqual(canonical);
  });

  it.each(LEFT_ALONE)("leaves to the checks %s", (_, sent) => {
    expect(tolerate(CreateFlowRequest, sent)).toEqual(sent);
  });

  it("drops members that only differ in case, where no connector is selected", () => {
    expect(tolerate(CreateFlowRequest, { FlowName: "f", Tasks: [] })).toEqual({});
  });

  it("takes `__proto__` and its like for names like any other", () => {
    const sent = JSON.parse('{"__proto__":{"flowName":"x"},"constructor":1,"tags":{"__proto__":"t"}}') as Json;

    const canonical = tolerate(CreateFlowRequest, sent) as JsonObject;

    expect(JSON.stringify(canonical)).toBe('{"tags":{"__proto__":"t"}}');
    expect(canonical["flowName"]).toBeUndefined();
  });

  it("keeps the order of members", () => {
    const sent = { tasks: [], flowName: "f", description: "d" };

    expect(Object.keys(tolerate(CreateFlowRequest, sent) as JsonObject)).toEqual(["tasks", "flowName", "description"]);
  });
});
