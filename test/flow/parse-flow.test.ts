import { describe, expect, it } from "vitest";
import type { FlowRequest, ScheduleRequest, TaskRequest } from "../../src/flow/flow-request.ts";
import { parseFlow } from "../../src/flow/parse-flow.ts";
import type { Connector } from "../../src/sdk/connector.ts";
import { bucketConnector, profiledConnector } from "../support/bucket-connector.ts";

const CONNECTORS: readonly Connector[] = [
  bucketConnector,
  profiledConnector,
  {
    type: "EventBridge",
    key: "EventBridge",
    label: "Bus",
    docs: "https://example.com",
    destination: {
      ...bucketConnector.destination!,
      triggers: ["scheduled"],
      writeOperations: ["INSERT", "UPSERT"],
      errorHandling: true,
    },
  },
];

const SOURCE = { connectorType: "S3", sourceConnectorProperties: { S3: { bucketName: "src-bkt" } } };
const DESTINATION = { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "dst-bkt" } } };
const BUS = { connectorType: "EventBridge", destinationConnectorProperties: { EventBridge: {} } };
const MAP_ALL: TaskRequest = { taskType: "Map_all", sourceFields: [] };

function request(changes: FlowRequest = {}): FlowRequest {
  return {
    flowName: "orders",
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: SOURCE,
    destinationFlowConfigList: [DESTINATION],
    tasks: [MAP_ALL],
    ...changes,
  };
}

function textsOf(changes: FlowRequest, connectors = CONNECTORS): string[] {
  const { definition, problems } = parseFlow(request(changes), connectors);
  expect(definition === undefined).toBe(problems.length > 0);
  return problems.map(
    ({ path, message, remedy }) => `${path}: ${message}${remedy === undefined ? "" : ` — ${remedy}`}`,
  );
}

function scheduled(Scheduled: ScheduleRequest): FlowRequest {
  return { triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled } } };
}

const map = (source: string, target: string): TaskRequest => ({
  taskType: "Map",
  sourceFields: [source],
  destinationField: target,
});

describe("parseFlow", () => {
  it("reads a flow", () => {
    const { definition, problems } = parseFlow(
      request({
        destinationFlowConfigList: [DESTINATION, { ...DESTINATION, connectorProfileName: "ignored" }],
        tasks: [MAP_ALL, map("a", "b")],
      }),
      CONNECTORS,
    );

    expect(problems).toEqual([]);
    expect(definition).toEqual({
      name: "orders",
      trigger: { type: "on-demand" },
      source: { connector: "S3", settings: { bucketName: "src-bkt" } },
      destinations: [
        { connector: "S3", settings: { bucketName: "dst-bkt" } },
        { connector: "S3", settings: { bucketName: "dst-bkt" } },
      ],
      tasks: [
        { type: "map-all", index: 0, exclude: [] },
        { type: "map", index: 1, source: "a", target: "b", sourceType: undefined, targetType: undefined },
      ],
    });
  });

  it("keeps the schedule of a scheduled flow", () => {
    const Scheduled = {
      scheduleExpression: "rate(1hours)",
      scheduleStartTime: 100,
      scheduleEndTime: 101.5,
      dataPullMode: "Incremental",
      scheduleOffset: 60,
      firstExecutionFrom: 50,
      flowErrorDeactivationThreshold: 3,
      timezone: "Europe/Paris",
    };

    const { definition } = parseFlow(
      request({ triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled } } }),
      CONNECTORS,
    );

    expect(definition?.trigger).toEqual({
      type: "scheduled",
      schedule: {
        expression: { type: "rate", every: 1, unit: "hour" },
        startAt: 100_000,
        endAt: 101_500,
        pull: "incremental",
        offsetMs: 60_000,
        firstFrom: 50_000,
        failuresAllowed: 3,
      },
    });
  });

  it.each([
    { scheduleExpression: "rate(1minutes)", scheduleEndTime: 1_577_836_800 },
    { scheduleExpression: "cron(0 0 1 1 ? 2019)" },
    { scheduleExpression: "at(2019-01-01T00:00:00)" },
    { scheduleExpression: "once", scheduleStartTime: 1_577_836_800, scheduleEndTime: 1_577_836_801 },
    { scheduleExpression: "cron(0 0 29 2 ? *)", scheduleOffset: 36_000 },
  ])("takes a schedule that is over, or seldom due: %j", (schedule) => {
    expect(textsOf(scheduled(schedule))).toEqual([]);
  });

  it("ignores a schedule that no trigger asks for", () => {
    const triggerConfig = {
      triggerType: "OnDemand",
      triggerProperties: { Scheduled: { scheduleExpression: "nonsense" } },
    };

    expect(textsOf({ triggerConfig })).toEqual([]);
  });

  it("keeps the profile of a connector that needs one", () => {
    const sourceFlowConfig = {
      connectorType: "Zendesk",
      connectorProfileName: "helpdesk",
      sourceConnectorProperties: { Zendesk: { object: "tickets" } },
    };

    expect(parseFlow(request({ sourceFlowConfig }), CONNECTORS).definition?.source).toEqual({
      connector: "Zendesk",
      profile: "helpdesk",
      settings: { object: "tickets" },
    });
  });

  it("reads the operator of the source's connector", () => {
    const sourceFlowConfig = {
      connectorType: "Zendesk",
      connectorProfileName: "helpdesk",
      sourceConnectorProperties: { Zendesk: { object: "tickets" } },
    };
    const tasks = [
      MAP_ALL,
      { taskType: "Filter", sourceFields: ["a"], connectorOperator: { S3: "NO_OP", Zendesk: "PROJECTION" } },
    ];

    expect(textsOf({ sourceFlowConfig, tasks })).toEqual([]);
  });

  it("lets new fields be made from new fields", () => {
    const tasks: TaskRequest[] = [
      {
        taskType: "Arithmetic",
        sourceFields: ["price", "tax"],
        destinationField: "price,tax",
        connectorOperator: { S3: "ADDITION" },
      },
      {
        taskType: "Arithmetic",
        sourceFields: ["price,tax", "discount"],
        destinationField: "net",
        connectorOperator: { S3: "SUBTRACTION" },
        taskProperties: { MATH_OPERATION_FIELDS_ORDER: "price,tax,discount" },
      },
    ];

    expect(textsOf({ tasks })).toEqual([]);
  });

  it("is done in no time with tasks that are made to keep it busy", () => {
    const arithmetic = (index: number): TaskRequest => ({
      taskType: "Arithmetic",
      sourceFields: Array.from({ length: 50 }, (_, field) => `field-${(index * 7 + field) % 1000}-of-it`),
      destinationField: `field-${index}-of-it`,
      connectorOperator: { S3: "ADDITION" },
      taskProperties: { MATH_OPERATION_FIELDS_ORDER: "fields-of-it,a,b,".repeat(120) },
    });
    const tasks = Array.from({ length: 1000 }, (_, index) => arithmetic(index));
    const without = tasks.map((task) => ({ ...task, taskProperties: {} }));
    const commas = [{ ...arithmetic(0), sourceFields: [",".repeat(2000), "x"] }];
    const start = performance.now();

    for (const list of [tasks, without, commas]) expect(textsOf({ tasks: list })).not.toEqual([]);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it.each<[string, FlowRequest, readonly string[]]>([
    [
      "connectors that are not installed",
      {
        sourceFlowConfig: { connectorType: "Slack" },
        destinationFlowConfigList: [{ connectorType: "Zendesks" }],
      },
      [
        'sourceFlowConfig.connectorType: this engine has no connector "Slack" — as a source it has S3, Zendesk',
        'destinationFlowConfigList[0].connectorType: this engine has no connector "Zendesks" — as a destination it has S3, EventBridge',
      ],
    ],
    [
      "a source as destination, and a missing profile",
      {
        sourceFlowConfig: {
          connectorType: "Zendesk",
          sourceConnectorProperties: { Zendesk: { object: "tickets" } },
        },
        destinationFlowConfigList: [{ connectorType: "Zendesk", destinationConnectorProperties: {} }],
      },
      [
        "sourceFlowConfig.connectorProfileName: Help desk needs a connector profile",
        "destinationFlowConfigList[0].connectorType: Help desk cannot be a destination — choose a connector that can",
      ],
    ],
    [
      "properties of another connector, and none",
      {
        sourceFlowConfig: {
          connectorType: "S3",
          sourceConnectorProperties: { Slack: { object: "c" }, Zendesk: { object: "t" } },
        },
        destinationFlowConfigList: [{ connectorType: "S3", destinationConnectorProperties: {} }],
      },
      [
        "sourceFlowConfig.sourceConnectorProperties: it holds Slack, Zendesk, but connectorType is S3 — " +
          'give the member "S3" alone',
        'destinationFlowConfigList[0].destinationConnectorProperties: it is empty — give the member "S3" alone',
      ],
    ],
    [
      "settings that the connectors refuse",
      {
        sourceFlowConfig: { connectorType: "S3", sourceConnectorProperties: { S3: { bucketPrefix: "../a" } } },
        destinationFlowConfigList: [
          DESTINATION,
          {
            connectorType: "S3",
            destinationConnectorProperties: { S3: { bucketPrefix: "..", writeOperationType: "UPSERT" } },
          },
        ],
      },
      [
        'sourceFlowConfig.sourceConnectorProperties.S3.bucketPrefix: "../a" leads out of the bucket — leave out `..`',
        'destinationFlowConfigList[1].destinationConnectorProperties.S3.bucketPrefix: ".." leads out of the bucket — leave out `..`',
        "destinationFlowConfigList[1].destinationConnectorProperties.S3.idFieldNames: UPSERT needs the fields that identify a record — name them in idFieldNames",
      ],
    ],
    [
      "a schedule that is none, and ends before it starts",
      {
        triggerConfig: {
          triggerType: "Scheduled",
          triggerProperties: {
            Scheduled: { scheduleExpression: "hourly", scheduleStartTime: 20, scheduleEndTime: 20 },
          },
        },
      },
      [
        'triggerConfig.triggerProperties.Scheduled.scheduleExpression: "hourly" is no schedule — it is none of rate(5minutes), cron(0 6 * * ? *), at(2030-01-01T06:00:00) and once',
        "triggerConfig.triggerProperties.Scheduled.scheduleEndTime: the end, 20, is not after the start, 20 — give a later end, in seconds since 1970, or none",
      ],
    ],
    [
      "days that no month has",
      scheduled({ scheduleExpression: "cron(0 0 31 2 ? *)" }),
      [
        'triggerConfig.triggerProperties.Scheduled.scheduleExpression: "cron(0 0 31 2 ? *)" is never due before the year 2200 — choose days that the months have, such as L for a month\'s last day, and years and months within the schedule',
      ],
    ],
    [
      "a year that is over when the schedule starts",
      scheduled({ scheduleExpression: "cron(0 0 1 * ? 2029)", scheduleStartTime: 1_893_456_000 }),
      [
        'triggerConfig.triggerProperties.Scheduled.scheduleExpression: "cron(0 0 1 * ? 2029)" is never due between its start and its end — choose days that the months have, such as L for a month\'s last day, and years and months within the schedule',
      ],
    ],
    [
      "a time at the end of its schedule",
      scheduled({ scheduleExpression: "at(2030-01-01T00:00:00)", scheduleEndTime: 1_893_456_000 }),
      [
        'triggerConfig.triggerProperties.Scheduled.scheduleExpression: "at(2030-01-01T00:00:00)" is never due between its start and its end — give a time at or after scheduleStartTime and before scheduleEndTime',
      ],
    ],
    [
      "a start that nobody lives to see",
      scheduled({ scheduleExpression: "rate(1hours)", scheduleStartTime: 7_258_118_400 }),
      [
        'triggerConfig.triggerProperties.Scheduled.scheduleExpression: "rate(1hours)" is never due between its start and its end — give a start and an end before the year 2200',
      ],
    ],
    [
      "a first run that begins to read at the end",
      scheduled({ scheduleExpression: "rate(1hours)", scheduleEndTime: 20, firstExecutionFrom: 20 }),
      [
        "triggerConfig.triggerProperties.Scheduled.firstExecutionFrom: the first run would read from 20 on, but the schedule ends at 20 — give an earlier time, in seconds since 1970, or none for thirty days before the first run",
      ],
    ],
    [
      "a scheduled flow without schedule",
      { triggerConfig: { triggerType: "Scheduled", triggerProperties: {} } },
      [
        "triggerConfig.triggerProperties: nothing tells when to run — give triggerProperties.Scheduled.scheduleExpression, for example rate(1hours)",
      ],
    ],
    [
      "a trigger that the source does not have, and one that the destination does not take",
      {
        triggerConfig: { triggerType: "Event" },
        sourceFlowConfig: {
          connectorType: "Zendesk",
          connectorProfileName: "help",
          sourceConnectorProperties: { Zendesk: { object: "tickets" } },
        },
        destinationFlowConfigList: [BUS, DESTINATION],
      },
      [
        "triggerConfig.triggerType: Help desk cannot be the source of a flow with the trigger Event — use OnDemand or Scheduled",
        "triggerConfig.triggerType: Bus cannot be a destination of a flow with the trigger Event — use Scheduled",
      ],
    ],
    [
      "a way to write that the destination does not have",
      {
        destinationFlowConfigList: [
          { ...BUS, destinationConnectorProperties: { EventBridge: { writeOperationType: "DELETE" } } },
        ],
      },
      [
        "triggerConfig.triggerType: Bus cannot be a destination of a flow with the trigger OnDemand — use Scheduled",
        "destinationFlowConfigList[0].destinationConnectorProperties.EventBridge.writeOperationType: records cannot be written to Bus by DELETE — use INSERT or UPSERT",
      ],
    ],
    [
      "an error bucket that can be none, where the destination asks for one",
      {
        destinationFlowConfigList: [
          {
            ...DESTINATION,
            destinationConnectorProperties: { S3: { errorHandlingConfig: { bucketName: "No Bucket" } } },
          },
          {
            ...BUS,
            destinationConnectorProperties: { EventBridge: { errorHandlingConfig: { bucketName: "No Bucket" } } },
          },
        ],
      },
      [
        "triggerConfig.triggerType: Bus cannot be a destination of a flow with the trigger OnDemand — use Scheduled",
        'destinationFlowConfigList[1].destinationConnectorProperties.EventBridge.errorHandlingConfig.bucketName: "No Bucket" holds something else than lower-case letters, digits, dots and hyphens — give the name of a bucket, without s3:// and without a key',
      ],
    ],
    [
      "no destinations and no tasks",
      { destinationFlowConfigList: [], tasks: [] },
      ["destinationFlowConfigList: a flow needs at least one destination", "tasks: a flow needs at least one task"],
    ],
    [
      "too many destinations and tasks",
      {
        destinationFlowConfigList: Array.from({ length: 11 }, () => DESTINATION),
        tasks: Array.from({ length: 1001 }, () => ({ taskType: "Map", sourceFields: [] })),
      },
      [
        "destinationFlowConfigList: 11 destinations are more than the limit, 10",
        "tasks: 1001 tasks are more than the limit, 1000",
      ],
    ],
    [
      "tasks that write nothing",
      {
        tasks: [
          { taskType: "Filter", sourceFields: ["a"], connectorOperator: { S3: "PROJECTION" } },
          { taskType: "Merge", sourceFields: ["a", "b"], destinationField: "a,b" },
        ],
      },
      ["tasks: the tasks write no field — add a Map task for each field, or a Map_all task"],
    ],
    [
      "arithmetic with a masked field",
      {
        tasks: [
          MAP_ALL,
          { taskType: "Arithmetic", sourceFields: ["a", "b"], connectorOperator: { S3: "ADDITION" } },
          { taskType: "Mask", sourceFields: ["c", "b"], connectorOperator: { S3: "MASK_ALL" } },
        ],
      },
      [
        'tasks[1].sourceFields: "b" is masked by another task, so nothing can be computed from it — leave out the Mask task or the Arithmetic task',
      ],
    ],
    [
      "new fields that are made twice, or from themselves",
      {
        tasks: [
          MAP_ALL,
          { taskType: "Merge", sourceFields: ["x", "y"], destinationField: "z" },
          { taskType: "Merge", sourceFields: ["z", "v"], destinationField: "x" },
          { taskType: "Merge", sourceFields: ["p", "q"], destinationField: "p" },
          {
            taskType: "Arithmetic",
            sourceFields: ["p", "q"],
            destinationField: "p",
            connectorOperator: { S3: "ADDITION" },
          },
        ],
      },
      [
        'tasks[4].destinationField: "p" is already made by tasks[3] — give it another name, and name that in the Map task too',
        `tasks[1].sourceFields: "z" is made from itself, by way of another task's field — give one of the new fields another name`,
      ],
    ],
    [
      "a mapping beside a passthrough",
      { tasks: [{ taskType: "Passthrough", sourceFields: [] }, map("a", "b")] },
      [
        "tasks[1].taskType: a Passthrough task writes the record as it is, so nothing can be mapped beside it — leave out one of them",
      ],
    ],
    [
      "partitions by fields that nobody writes, and twice",
      {
        tasks: [
          map("a", "region"),
          { taskType: "Partition", sourceFields: ["regoin", "region"] },
          { taskType: "Partition", sourceFields: ["region"] },
        ],
      },
      [
        "tasks[2].taskType: tasks[1] is a Partition task already — name all partition fields in one task",
        'tasks[1].sourceFields: no task writes a field "regoin" — did you mean "region"?',
      ],
    ],
    [
      "a catalog that is not kept",
      { metadataCatalogConfig: { glueDataCatalog: {} } },
      [
        "metadataCatalogConfig: this engine registers no tables in a data catalog — leave it out, and let a crawler find the files",
      ],
    ],
  ])("refuses %s", (_, changes, problems) => {
    expect(textsOf(changes)).toEqual(problems);
  });

  it("reports what is wrong everywhere at once", () => {
    const paths = parseFlow(
      {
        flowName: "orders",
        triggerConfig: { triggerType: "Scheduled" },
        sourceFlowConfig: { connectorType: "Zendesk", sourceConnectorProperties: {} },
        destinationFlowConfigList: [{ connectorType: "Slack" }, DESTINATION],
        tasks: [
          { taskType: "Truncate", sourceFields: ["a"], taskProperties: { TRUNCATE_LENGTH: "x" } },
          { taskType: "Map", sourceFields: ["a"], connectorOperator: { Zendesk: "ADDITION" } },
          { taskType: "Mask", sourceFields: ["m"], connectorOperator: { Zendesk: "MASK_ALL" } },
          { taskType: "Arithmetic", sourceFields: ["m", "n"], connectorOperator: { Zendesk: "ADDITION" } },
        ],
        metadataCatalogConfig: { glueDataCatalog: {} },
      },
      CONNECTORS,
    ).problems.map(({ path }) => path);

    expect(paths).toEqual([
      "triggerConfig.triggerProperties",
      "sourceFlowConfig.connectorProfileName",
      "sourceFlowConfig.sourceConnectorProperties",
      "destinationFlowConfigList[0].connectorType",
      "tasks[0].taskProperties.TRUNCATE_LENGTH",
      "tasks[1].connectorOperator",
      "tasks[3].sourceFields",
      "metadataCatalogConfig",
    ]);
  });

  it.each<FlowRequest>([
    {},
    { ...request(), flowName: undefined! },
    { ...request(), sourceFlowConfig: { connectorType: "S3" } },
    { ...request(), destinationFlowConfigList: undefined! },
    { ...request(), destinationFlowConfigList: [DESTINATION, {}] },
    { ...request(), tasks: [MAP_ALL, { taskType: "MapAll", sourceFields: [] }] },
    { ...request(), triggerConfig: {} },
  ])("leaves to others what is missing, and makes no flow of %j", (incomplete) => {
    expect(parseFlow(incomplete, CONNECTORS)).toEqual({ problems: [] });
  });
});
