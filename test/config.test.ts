import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import {
  readApiConfig,
  readConfig,
  readRunFlowConfig,
  readStackConfig,
  readSweepConfig,
  readTellConfig,
  readWorkerConfig,
  STACK_VARIABLES,
  VARIABLES,
} from "../src/config.ts";

describe("readConfig", () => {
  it("has a default for everything", () => {
    expect(readConfig({})).toEqual({
      place: { region: "us-east-1", account: "000000000000" },
      kmsArn: undefined,
      dataFolder: ".millrace",
      keyFile: `${homedir()}/.config/millrace/key`,
      strict: false,
      quotas: {},
      traces: false,
      width: 1,
      port: 8787,
      hosts: [],
      allowedOrigins: [],
    });
  });

  it("reads every variable", () => {
    const config = readConfig({
      MILLRACE_REGION: "us-gov-west-1",
      AWS_REGION: "eu-west-1",
      MILLRACE_ACCOUNT_ID: "111122223333",
      MILLRACE_KMS_ARN: "arn:aws:kms:eu-west-1:111122223333:key/1",
      MILLRACE_DATA: "/var/lib/millrace",
      MILLRACE_KEY_FILE: "/etc/millrace/key",
      MILLRACE_STRICT: "1",
      MILLRACE_MAX_FLOWS: "1000",
      MILLRACE_MAX_PROFILES: "100",
      MILLRACE_MAX_CONCURRENT_RUNS: "0",
      MILLRACE_WIDTH: "16",
      MILLRACE_PORT: "0",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000",
      AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:9001",
      MILLRACE_TABLE: "team-a.millrace",
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:8000",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:5000",
      MILLRACE_EVENT_BUS: "arn:aws:events:eu-west-1:111122223333:event-bus/flows",
      AWS_ENDPOINT_URL_EVENTBRIDGE: "http://127.0.0.1:5001",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      OTEL_SDK_DISABLED: "false",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      MILLRACE_HOSTS: "Flows.Example, other.example,",
      MILLRACE_ALLOW_ORIGINS: "https://SAP.internal:44300/, http://10.1.2.3,https://crm.example:443,",
    });

    expect(config).toEqual({
      place: { region: "us-gov-west-1", account: "111122223333" },
      kmsArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
      dataFolder: "/var/lib/millrace",
      keyFile: "/etc/millrace/key",
      strict: true,
      quotas: { flows: 1000, profiles: 100, concurrentRuns: 0 },
      width: 16,
      port: 0,
      s3Endpoint: "http://127.0.0.1:9000",
      lambdaEndpoint: "http://127.0.0.1:9001",
      table: "team-a.millrace",
      dynamoEndpoint: "http://127.0.0.1:8000",
      secretsEndpoint: "http://127.0.0.1:5000",
      eventBus: "arn:aws:events:eu-west-1:111122223333:event-bus/flows",
      eventsEndpoint: "http://127.0.0.1:5001",
      traces: true,
      hosts: ["flows.example", "other.example"],
      allowedOrigins: ["https://sap.internal:44300", "http://10.1.2.3", "https://crm.example"],
    });
  });

  it("takes the region that AWS's tools take", () => {
    expect(readConfig({ AWS_REGION: "eu-west-1", MILLRACE_REGION: "" }).place.region).toBe("eu-west-1");
  });

  it("takes the server that AWS's tools take in place of all of AWS", () => {
    const endpoint = "http://127.0.0.1:4566";

    expect(readConfig({ AWS_ENDPOINT_URL: endpoint })).toMatchObject({
      s3Endpoint: endpoint,
      lambdaEndpoint: endpoint,
      dynamoEndpoint: endpoint,
      secretsEndpoint: endpoint,
    });
  });

  it("sends spans only where a collector is named, and not where OpenTelemetry is disabled", () => {
    const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces" };

    expect(readConfig(traces).traces).toBe(true);
    expect(readConfig({ ...traces, OTEL_SDK_DISABLED: "TRUE" }).traces).toBe(false);
  });

  it("cannot be changed", () => {
    const config = readConfig({});

    expect([config, config.place, config.hosts, config.allowedOrigins].every((part) => Object.isFrozen(part))).toBe(
      true,
    );
  });

  it("names every variable that is wrong", () => {
    const environment = {
      MILLRACE_REGION: "Europe",
      MILLRACE_ACCOUNT_ID: "123",
      MILLRACE_KMS_ARN: "key",
      MILLRACE_WIDTH: "0",
      MILLRACE_PORT: "http",
      MILLRACE_TABLE: "a b",
      AWS_ENDPOINT_URL_DYNAMODB: "localhost:8000",
      MILLRACE_EVENT_BUS: "a bus",
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
      OTEL_SDK_DISABLED: "maybe",
      MILLRACE_HOSTS: "http://x",
      MILLRACE_ALLOW_ORIGINS: "sap.internal",
    };

    const message = (() => {
      try {
        readConfig(environment);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    })();

    for (const name of Object.keys(environment)) expect(message).toContain(`${name}: "`);
  });

  it("reads no variable that is not listed", () => {
    const read = new Set<string | symbol>();
    readConfig(new Proxy({}, { get: (_, name) => void read.add(name) }));

    const listed = Object.values(VARIABLES).map(({ name }) => name);
    expect(read).toEqual(new Set([...listed, "AWS_REGION", "AWS_ENDPOINT_URL"]));
  });
});

describe("readApiConfig", () => {
  const environment = {
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
    MILLRACE_ACCOUNT_ID: "111122223333",
    MILLRACE_TABLE: "millrace-prod",
    MILLRACE_AUTH: "keys",
    MILLRACE_SCHEDULE_GROUP: "millrace-prod",
    MILLRACE_SCHEDULE_ROLE: "arn:aws:iam::111122223333:role/schedules",
    MILLRACE_START_FUNCTION: "arn:aws:lambda:eu-west-1:111122223333:function:start-run",
    MILLRACE_DEAD_LETTERS: "arn:aws:sqs:eu-west-1:111122223333:not-started",
    MILLRACE_ORCHESTRATOR: "arn:aws:lambda:eu-west-1:111122223333:function:orchestrate:live",
    MILLRACE_SOURCE_BUS: "aws.partner/salesforce.com/00D/0YL",
    MILLRACE_RULE_PREFIX: "millrace-prod",
    MILLRACE_ON_EVENT_FUNCTION: "arn:aws:lambda:eu-west-1:111122223333:function:on-event",
    MILLRACE_MAX_FLOWS: "",
    AWS_ENDPOINT_URL_SCHEDULER: "http://127.0.0.1:5001",
  };

  it("reads what the stack says", () => {
    expect(readApiConfig(environment)).toMatchObject({
      place: { region: "eu-west-1", account: "111122223333" },
      table: "millrace-prod",
      auth: "keys",
      schedules: {
        group: "millrace-prod",
        roleArn: "arn:aws:iam::111122223333:role/schedules",
        functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:start-run",
        deadLetterArn: "arn:aws:sqs:eu-west-1:111122223333:not-started",
      },
      orchestratorArn: "arn:aws:lambda:eu-west-1:111122223333:function:orchestrate:live",
      events: {
        bus: "aws.partner/salesforce.com/00D/0YL",
        prefix: "millrace-prod",
        functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:on-event",
      },
      schedulerEndpoint: "http://127.0.0.1:5001",
      dynamoEndpoint: "http://127.0.0.1:4566",
      quotas: {},
    });
  });

  it("reads what the function that tells of runs is told", () => {
    expect(readTellConfig({ ...environment, MILLRACE_EVENT_BUS: "flows" })).toMatchObject({
      place: { region: "eu-west-1" },
      table: "millrace-prod",
      eventBus: "flows",
      eventsEndpoint: "http://127.0.0.1:4566",
    });
    expect(readTellConfig({ ...environment, MILLRACE_EVENT_BUS: "" }).eventBus).toBeUndefined();
    expect(() => readTellConfig({})).toThrow(/MILLRACE_ACCOUNT_ID: .*MILLRACE_TABLE: /s);
  });

  it("names every variable that is missing", () => {
    const required = [VARIABLES.account, VARIABLES.table, ...Object.values(STACK_VARIABLES)].filter(
      (variable) => !("default" in variable) || variable === VARIABLES.account || variable === VARIABLES.table,
    );

    const readers = [readApiConfig, readRunFlowConfig, readWorkerConfig, readSweepConfig];
    const complaints = readers.map((read) => complaintOf(() => read({}))).join("\n");
    for (const { name } of required) expect(complaints).toContain(`${name}: "`);
  });

  it("needs less to start runs only", () => {
    const { MILLRACE_AUTH: _, ...rest } = environment;

    expect(readStackConfig(rest)).toMatchObject({ table: "millrace-prod" });
    expect(() => readApiConfig(rest)).toThrow('MILLRACE_AUTH: ""');
  });
});

function complaintOf(read: () => unknown): string {
  try {
    read();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
