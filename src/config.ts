import { homedir } from "node:os";
import { join } from "node:path";
import type { BusTarget } from "./adapters/aws/bus-subscriptions.ts";
import type { SchedulerTarget } from "./adapters/aws/scheduler-request.ts";
import type { Place } from "./api/arns.ts";
import type { Quotas } from "./api/context.ts";

/** The settings that every process which serves the API has. */
interface Settings {
  readonly place: Place;
  readonly kmsArn: string | undefined;
  /** True to refuse whatever AppFlow refuses, even where this engine could do it. */
  readonly strict: boolean;
  readonly quotas: Quotas;
  /** Of a server that answers in place of Amazon S3. */
  readonly s3Endpoint: string | undefined;
  /** Of a server that answers in place of AWS Lambda, where the functions of registered connectors are. */
  readonly lambdaEndpoint: string | undefined;
  /** Of a server that answers in place of DynamoDB. */
  readonly dynamoEndpoint: string | undefined;
  /** Of a server that answers in place of Secrets Manager. */
  readonly secretsEndpoint: string | undefined;
  /** Origins that profiles may name besides https on port 443 of public addresses. */
  readonly allowedOrigins: readonly string[];
}

/** The settings of a process on a machine of its own. */
export interface Config extends Settings {
  /** Where flows, runs and keys are kept when there is no cloud. */
  readonly dataFolder: string;
  /** The file with the key to what is sealed in the data folder. */
  readonly keyFile: string;
  readonly port: number;
  /** How many slices of a run are worked on at once. */
  readonly width: number;
  /** The DynamoDB table of flows, runs and profiles, whose credentials are then in Secrets Manager; undefined for neither. */
  readonly table: string | undefined;
  /** The bucket in Amazon S3 for what is too large for the table; undefined where that is in the data folder. */
  readonly stagingBucket: string | undefined;
  /** The name or ARN of the EventBridge bus that is told of runs; undefined for none. */
  readonly eventBus: string | undefined;
  /** Of a server that answers in place of EventBridge. */
  readonly eventsEndpoint: string | undefined;
  /** True to send OpenTelemetry's spans to the collector that its own variables name. */
  readonly traces: boolean;
  /** Host names by which the local server may be addressed, besides those of this machine. */
  readonly hosts: readonly string[];
}

/** The settings of every function on AWS that starts runs. */
export interface StackConfig {
  readonly place: Place;
  readonly table: string;
  readonly schedules: SchedulerTarget;
  /** Of the durable function that carries runs out, with its alias. */
  readonly orchestratorArn: string;
  readonly dynamoEndpoint: string | undefined;
  readonly lambdaEndpoint: string | undefined;
  /** Of a server that answers in place of EventBridge Scheduler. */
  readonly schedulerEndpoint: string | undefined;
}

/** The settings of every function on AWS that serves a part of the API. */
export interface ServedConfig extends Pick<
  Settings,
  "place" | "strict" | "quotas" | "dynamoEndpoint" | "secretsEndpoint" | "lambdaEndpoint"
> {
  readonly table: string;
  /** Who finds out who sent a request: we, from access keys that we issued, or API Gateway's IAM authorizer. */
  readonly auth: "keys" | "iam";
}

/** The settings of the function on AWS that is handed events. */
export interface OnEventConfig {
  readonly place: Place;
  readonly table: string;
  readonly dynamoEndpoint: string | undefined;
}

/** The settings of the function on AWS that checks definitions. */
export interface CheckConfig {
  /** The buckets that flows may name; undefined for any. */
  readonly allowedBuckets: ReadonlySet<string> | undefined;
}

/** The settings of the function on AWS that serves the API but for profiles and entities. */
export interface ApiConfig extends StackConfig, ServedConfig, CheckConfig, Pick<Settings, "kmsArn"> {
  /** The bus whose events flows get. */
  readonly events: BusTarget;
  /** Of a server that answers in place of EventBridge. */
  readonly eventsEndpoint: string | undefined;
}

/** The settings of the function on AWS that serves the API for profiles and entities. */
export interface ConnectionsConfig extends ServedConfig, Pick<Settings, "s3Endpoint" | "allowedOrigins"> {}

/** The settings of the function on AWS that works on slices. */
export interface WorkerConfig extends Pick<
  Settings,
  "place" | "s3Endpoint" | "dynamoEndpoint" | "secretsEndpoint" | "allowedOrigins"
> {
  readonly table: string;
  /** A bucket of our own for what is too large for the table. */
  readonly stagingBucket: string;
}

/** The settings of the durable function on AWS that carries runs out. */
export interface RunFlowConfig extends WorkerConfig, Omit<StackConfig, "orchestratorArn" | "lambdaEndpoint"> {
  readonly transferArn: string;
  /** How many slices of a run are worked on at once. */
  readonly width: number;
}

/** The settings of the function on AWS that looks for runs which nobody carries out. */
export interface SweepConfig extends Pick<Settings, "place" | "s3Endpoint" | "dynamoEndpoint" | "lambdaEndpoint"> {
  readonly table: string;
  readonly stagingBucket: string;
  readonly orchestratorArn: string;
}

/** The settings of the function on AWS that tells of runs. */
export interface TellConfig {
  readonly place: Place;
  readonly table: string;
  /** The name or ARN of the EventBridge bus that is told; undefined where only the log is. */
  readonly eventBus: string | undefined;
  readonly dynamoEndpoint: string | undefined;
  readonly eventsEndpoint: string | undefined;
}

interface Variable {
  readonly name: string;
  readonly meaning: string;
  /** What holds when the variable is not set, for people; absent where it has to be. */
  readonly default?: string;
}

/** Every environment variable that is read. */
export const VARIABLES = {
  region: {
    name: "MILLRACE_REGION",
    meaning: "the region that requests must be signed for, and that is part of every ARN",
    default: "AWS_REGION, else us-east-1",
  },
  account: { name: "MILLRACE_ACCOUNT_ID", meaning: "the twelve digits in every ARN", default: "000000000000" },
  kmsArn: {
    name: "MILLRACE_KMS_ARN",
    meaning: "the key that DescribeFlow names for a flow without one",
    default: "alias/aws/appflow of the account",
  },
  dataFolder: { name: "MILLRACE_DATA", meaning: "the folder for flows, runs and access keys", default: ".millrace" },
  keyFile: {
    name: "MILLRACE_KEY_FILE",
    meaning: "the file with the key to what is sealed in the data folder",
    default: "~/.config/millrace/key",
  },
  s3Endpoint: {
    name: "AWS_ENDPOINT_URL_S3",
    meaning: "the server that answers in place of Amazon S3, with `--s3`",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  lambdaEndpoint: {
    name: "AWS_ENDPOINT_URL_LAMBDA",
    meaning: "the server that answers in place of AWS Lambda, for the functions of registered connectors",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  strict: {
    name: "MILLRACE_STRICT",
    meaning: "1 to refuse whatever AppFlow refuses, even where this engine could do it",
    default: "0",
  },
  maxFlows: { name: "MILLRACE_MAX_FLOWS", meaning: "how many flows there may be", default: "any number" },
  maxProfiles: {
    name: "MILLRACE_MAX_PROFILES",
    meaning: "how many connector profiles there may be",
    default: "any number",
  },
  maxConcurrentRuns: {
    name: "MILLRACE_MAX_CONCURRENT_RUNS",
    meaning: "how many runs may be in progress when another is to start",
    default: "any number",
  },
  table: {
    name: "MILLRACE_TABLE",
    meaning: "the DynamoDB table for flows, runs and profiles; credentials are then kept in Secrets Manager",
    default: "none: all of it is in the data folder",
  },
  stagingBucket: {
    name: "MILLRACE_STAGING_BUCKET",
    meaning: "the bucket in Amazon S3 for what is too large for the table",
    default: "none: that is in the data folder",
  },
  dynamoEndpoint: {
    name: "AWS_ENDPOINT_URL_DYNAMODB",
    meaning: "the server that answers in place of DynamoDB",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  secretsEndpoint: {
    name: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    meaning: "the server that answers in place of Secrets Manager",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  eventBus: {
    name: "MILLRACE_EVENT_BUS",
    meaning: "the name or ARN of the EventBridge bus that is told of runs, with AppFlow's events",
    default: "none: only the log is told",
  },
  eventsEndpoint: {
    name: "AWS_ENDPOINT_URL_EVENTBRIDGE",
    meaning: "the server that answers in place of EventBridge",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
  collector: {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    meaning: "the collector that gets OpenTelemetry's spans by OTLP over HTTP; the SDK reads more variables of its own",
    default: "none: no spans, unless the next names one",
  },
  traceCollector: {
    name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    meaning: "the same, as the whole URL that spans are sent to",
    default: "the collector's, with /v1/traces",
  },
  otelDisabled: {
    name: "OTEL_SDK_DISABLED",
    meaning: "true for no spans, whatever collector is named",
    default: "false",
  },
  width: { name: "MILLRACE_WIDTH", meaning: "how many slices of a run are worked on at once", default: "1" },
  port: { name: "MILLRACE_PORT", meaning: "the port of the local server", default: "8787" },
  hosts: {
    name: "MILLRACE_HOSTS",
    meaning: "host names, between commas, by which the local server may be addressed besides localhost",
    default: "none",
  },
  allowedOrigins: {
    name: "MILLRACE_ALLOW_ORIGINS",
    meaning: "origins, between commas, that profiles may name besides https on port 443 of public addresses",
    default: "none",
  },
} as const satisfies Record<string, Variable>;

/** Variables of the environment that cannot be used: all of them, each with its value. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(["The environment cannot be used:", ...faults.map((fault) => `  ${fault}`)].join("\n"));
    this.name = "ConfigError";
  }
}

/** The variables that only functions on AWS read; those without a default are required. */
export const STACK_VARIABLES = {
  auth: {
    name: "MILLRACE_AUTH",
    meaning:
      "`keys` where callers sign with access keys that Millrace issues, `iam` where API Gateway has IAM verify them",
  },
  allowedBuckets: {
    name: "MILLRACE_ALLOWED_BUCKETS",
    meaning: "the buckets, between commas, that flows may name; set and empty, they may name none",
    default: "any",
  },
  scheduleGroup: { name: "MILLRACE_SCHEDULE_GROUP", meaning: "the schedule group that all flows are in" },
  scheduleRole: { name: "MILLRACE_SCHEDULE_ROLE", meaning: "the ARN of the role as which schedules call" },
  startFunction: { name: "MILLRACE_START_FUNCTION", meaning: "the ARN of the function that schedules call" },
  deadLetters: { name: "MILLRACE_DEAD_LETTERS", meaning: "the ARN of the queue of calls that failed to the last" },
  orchestrator: {
    name: "MILLRACE_ORCHESTRATOR",
    meaning: "the ARN of the durable function that carries runs out, with its version or alias",
  },
  sourceBus: { name: "MILLRACE_SOURCE_BUS", meaning: "the name or ARN of the EventBridge bus whose events flows get" },
  rulePrefix: { name: "MILLRACE_RULE_PREFIX", meaning: "what the names of rules on that bus begin with" },
  onEventFunction: { name: "MILLRACE_ON_EVENT_FUNCTION", meaning: "the ARN of the function that is handed events" },
  transferFunction: { name: "MILLRACE_TRANSFER_FUNCTION", meaning: "the ARN of the function that works on slices" },
  schedulerEndpoint: {
    name: "AWS_ENDPOINT_URL_SCHEDULER",
    meaning: "the server that answers in place of EventBridge Scheduler",
    default: "AWS_ENDPOINT_URL, else Amazon's own",
  },
} as const satisfies Record<string, Variable>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Fails with a `ConfigError` about every variable that is wrong. */
export function readConfig(environment: Environment = process.env): Config {
  const { read, endpoint, settings, width, finish } = createReader(environment);
  const collectors = [VARIABLES.collector, VARIABLES.traceCollector].map((variable) =>
    read(variable, /^(https?:\/\/.+)?$/, ""),
  );
  const otelDisabled = read(VARIABLES.otelDisabled, /^(true|false)$/i, "false");
  return finish({
    ...settings(),
    dataFolder: read(VARIABLES.dataFolder, /./, ".millrace"),
    keyFile: read(VARIABLES.keyFile, /./, join(homedir(), ".config", "millrace", "key")),
    table: read(VARIABLES.table, optional(TABLE_NAME), "") || undefined,
    stagingBucket: read(VARIABLES.stagingBucket, optional(BUCKET_NAME), "") || undefined,
    eventBus: read(VARIABLES.eventBus, optional(BUS), "") || undefined,
    eventsEndpoint: endpoint(VARIABLES.eventsEndpoint),
    traces: collectors.some((url) => url !== "") && otelDisabled.toLowerCase() === "false",
    width: width(),
    port: Number(read(VARIABLES.port, /^\d{1,5}$/, "8787")),
    hosts: Object.freeze(
      read(VARIABLES.hosts, /^[\w.,\s-]*$/, "")
        .split(",")
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== ""),
    ),
  });
}

/** Reads the environment of a function on AWS that starts runs. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readStackConfig(environment: Environment = process.env): StackConfig {
  const { stack, finish } = createReader(environment, { account: "" });
  return finish(stack());
}

/** Reads the environment of the API's function on AWS. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readApiConfig(environment: Environment = process.env): ApiConfig {
  const { read, served, stack, allowedBuckets, quota, kmsArn, endpoint, finish } = createReader(environment, {
    account: "",
  });
  const quotas = { flows: quota(VARIABLES.maxFlows), concurrentRuns: quota(VARIABLES.maxConcurrentRuns) };
  const events = Object.freeze({
    bus: read(STACK_VARIABLES.sourceBus, BUS, ""),
    prefix: read(STACK_VARIABLES.rulePrefix, /^[\w.-]{1,31}$/, ""),
    functionArn: read(STACK_VARIABLES.onEventFunction, arnOf("lambda"), ""),
  });
  const eventsEndpoint = endpoint(VARIABLES.eventsEndpoint);
  return finish({
    ...served(),
    ...stack(),
    allowedBuckets: allowedBuckets(),
    quotas,
    kmsArn: kmsArn(),
    events,
    eventsEndpoint,
  });
}

/** Reads the environment of the function on AWS that checks definitions. Fails with a `ConfigError` when it is wrong. */
export function readCheckConfig(environment: Environment = process.env): CheckConfig {
  const { allowedBuckets, finish } = createReader(environment);
  return finish({ allowedBuckets: allowedBuckets() });
}

/** Reads the environment of the function on AWS that opens connections. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readConnectionsConfig(environment: Environment = process.env): ConnectionsConfig {
  const { served, quota, endpoint, allowedOrigins, finish } = createReader(environment, { account: "" });
  return finish({
    ...served(),
    quotas: { profiles: quota(VARIABLES.maxProfiles) },
    s3Endpoint: endpoint(VARIABLES.s3Endpoint),
    allowedOrigins: allowedOrigins(),
  });
}

/** Reads the environment of the function on AWS that tells of runs. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readTellConfig(environment: Environment = process.env): TellConfig {
  const { read, endpoint, place, table, finish } = createReader(environment, { account: "" });
  return finish({
    place: place(),
    table: table(),
    eventBus: read(VARIABLES.eventBus, optional(BUS), "") || undefined,
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    eventsEndpoint: endpoint(VARIABLES.eventsEndpoint),
  });
}

/** Reads the environment of the function on AWS that is handed events. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readOnEventConfig(environment: Environment = process.env): OnEventConfig {
  const { endpoint, place, table, finish } = createReader(environment, { account: "" });
  return finish({ place: place(), table: table(), dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint) });
}

/** Reads the environment of the function on AWS that works on slices. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readWorkerConfig(environment: Environment = process.env): WorkerConfig {
  const { worker, finish } = createReader(environment, { account: "" });
  return finish(worker());
}

/** Reads the environment of the durable function on AWS. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readRunFlowConfig(environment: Environment = process.env): RunFlowConfig {
  const { read, schedules, worker, width, finish } = createReader(environment, { account: "" });
  const transferArn = read(STACK_VARIABLES.transferFunction, arnOf("lambda"), "");
  return finish({ ...schedules(), ...worker(), transferArn, width: width() });
}

/** Reads the environment of the function on AWS that looks for runs. Fails with a `ConfigError` about every variable that is wrong or missing. */
export function readSweepConfig(environment: Environment = process.env): SweepConfig {
  const { place, table, stagingBucket, orchestratorArn, endpoint, finish } = createReader(environment, { account: "" });
  return finish({
    place: place(),
    table: table(),
    stagingBucket: stagingBucket(),
    orchestratorArn: orchestratorArn(),
    s3Endpoint: endpoint(VARIABLES.s3Endpoint),
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    lambdaEndpoint: endpoint(VARIABLES.lambdaEndpoint),
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const BUS = /^(arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const TABLE_NAME = /^[\w.-]{3,255}$/;

function optional(pattern: RegExp): RegExp {
  return new RegExp(`^$|${pattern.source}`);
}

function arnOf(service: string): RegExp {
  return new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]*:\\d{12}:.+$`);
}

/** Reads variables one by one; whatever is wrong with them is told at the end. */
function createReader(environment: Environment, fallbacks = { account: "000000000000" }) {
  const faults: string[] = [];
  const read = (variable: Variable, pattern: RegExp, fallback: string) => {
    const value = environment[variable.name] || fallback;
    if (!pattern.test(value)) faults.push(`${variable.name}: "${value}" is not ${variable.meaning}`);
    return value;
  };
  const endpoint = (variable: Variable) =>
    read(variable, /^(https?:\/\/.+)?$/, environment["AWS_ENDPOINT_URL"] ?? "") || undefined;
  const quota = (variable: Variable) => {
    const value = read(variable, /^\d{0,9}$/, "");
    return value === "" ? undefined : Number(value);
  };

  const place = (): Place =>
    Object.freeze({
      region: read(VARIABLES.region, /^[a-z]{2}(-[a-z]+)+-\d+$/, environment["AWS_REGION"] || "us-east-1"),
      account: read(VARIABLES.account, /^\d{12}$/, fallbacks.account),
    });

  const kmsArn = () => read(VARIABLES.kmsArn, /^(arn:[a-z-]+:kms:.*:\d+:.*)?$/, "") || undefined;
  const strict = () => read(VARIABLES.strict, /^[01]$/, "0") === "1";

  const settings = (): Settings => ({
    place: place(),
    kmsArn: kmsArn(),
    strict: strict(),
    quotas: Object.freeze({
      flows: quota(VARIABLES.maxFlows),
      profiles: quota(VARIABLES.maxProfiles),
      concurrentRuns: quota(VARIABLES.maxConcurrentRuns),
    }),
    s3Endpoint: endpoint(VARIABLES.s3Endpoint),
    lambdaEndpoint: endpoint(VARIABLES.lambdaEndpoint),
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    secretsEndpoint: endpoint(VARIABLES.secretsEndpoint),
    allowedOrigins: allowedOrigins(),
  });

  const allowedOrigins = () =>
    Object.freeze(
      read(VARIABLES.allowedOrigins, /^(\s*(https?:\/\/[^\s,/?#@]+)?\/?\s*(,|$))*$/, "")
        .split(",")
        .map((text) => text.trim())
        .filter((text) => text !== "")
        .flatMap((text) => URL.parse(text)?.origin ?? []),
    );

  const table = () => read(VARIABLES.table, TABLE_NAME, "");
  const stagingBucket = () => read(VARIABLES.stagingBucket, BUCKET_NAME, "");
  const orchestratorArn = () => read(STACK_VARIABLES.orchestrator, arnOf("lambda"), "");
  const width = () => Number(read(VARIABLES.width, /^[1-9]\d{0,2}$/, "1"));

  const worker = (): WorkerConfig => ({
    place: place(),
    table: table(),
    stagingBucket: stagingBucket(),
    s3Endpoint: endpoint(VARIABLES.s3Endpoint),
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    secretsEndpoint: endpoint(VARIABLES.secretsEndpoint),
    allowedOrigins: allowedOrigins(),
  });

  const schedules = () => ({
    place: place(),
    table: table(),
    schedules: Object.freeze({
      group: read(STACK_VARIABLES.scheduleGroup, /^[\w.-]{1,64}$/, ""),
      roleArn: read(STACK_VARIABLES.scheduleRole, arnOf("iam"), ""),
      functionArn: read(STACK_VARIABLES.startFunction, arnOf("lambda"), ""),
      deadLetterArn: read(STACK_VARIABLES.deadLetters, arnOf("sqs"), ""),
    }),
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    schedulerEndpoint: endpoint(STACK_VARIABLES.schedulerEndpoint),
  });

  const stack = (): StackConfig => ({
    ...schedules(),
    orchestratorArn: orchestratorArn(),
    lambdaEndpoint: endpoint(VARIABLES.lambdaEndpoint),
  });

  const allowedBuckets = () => {
    const variable = STACK_VARIABLES.allowedBuckets;
    if (environment[variable.name] === undefined) return undefined;
    const names = read(variable, /^([a-z0-9.-]{3,63}(,|$))*$/, "").split(",");
    return new Set(names.filter((name) => name !== ""));
  };

  const served = () => ({
    place: place(),
    table: table(),
    auth: read(STACK_VARIABLES.auth, /^(keys|iam)$/, "") as "keys" | "iam",
    strict: strict(),
    dynamoEndpoint: endpoint(VARIABLES.dynamoEndpoint),
    secretsEndpoint: endpoint(VARIABLES.secretsEndpoint),
    lambdaEndpoint: endpoint(VARIABLES.lambdaEndpoint),
  });

  /** Fails with a `ConfigError` when anything was wrong. */
  const finish = <Found extends object>(found: Found): Readonly<Found> => {
    if (faults.length > 0) throw new ConfigError([...new Set(faults)]);
    return Object.freeze(found);
  };
  return {
    read,
    endpoint,
    place,
    table,
    stagingBucket,
    orchestratorArn,
    width,
    quota,
    kmsArn,
    allowedBuckets,
    allowedOrigins,
    settings,
    served,
    schedules,
    stack,
    worker,
    finish,
  };
}
