import type { Place } from "./api/arns.ts";
import { defaultKeyArn, userArn } from "./api/arns.ts";
import { authenticate, type Caller } from "./api/authenticate.ts";
import type { ApiContext, Called, ConnectionContext, FlowContext, Quotas } from "./api/context.ts";
import { createDigest } from "./api/digest.ts";
import type { KeyStore } from "./api/key-store.ts";
import { CONNECTION_OPERATIONS, FLOW_OPERATIONS, type Operation, OPERATIONS } from "./api/operation-table.ts";
import { createPages } from "./api/pages.ts";
import { putEvents } from "./api/put-events.ts";
import { problemsOf, readFlow, type ReadFlowOptions } from "./api/read-flow.ts";
import { createRouter, type RouterPorts } from "./api/router.ts";
import type { ConnectorFunctions } from "./connection/connector-function.ts";
import type { MetadataCache } from "./connection/metadata-cache.ts";
import type { Connect } from "./connection/open-connection.ts";
import type { Profile } from "./connection/profile.ts";
import type { ProfileStore } from "./connection/profile-store.ts";
import type { RegistrationStore } from "./connection/registration-store.ts";
import { renewProfile } from "./connection/renew-profile.ts";
import type { Vault } from "./connection/vault.ts";
import { sampleFields } from "./engine/sample-fields.ts";
import type { Alarm } from "./flow/alarm.ts";
import type { FlowStore } from "./flow/flow-store.ts";
import type { Subscriptions } from "./flow/subscriptions.ts";
import type { FlowDefinition } from "./flow/flow.ts";
import type { Inbox } from "./run/inbox.ts";
import type { Orchestrator } from "./run/orchestrator.ts";
import type { RunStore } from "./run/run-store.ts";
import type { BrowseSession, Connector } from "./sdk/connector.ts";
import { NO_CONNECTION } from "./sdk/http/connection.ts";
import type { Dispatch } from "./sdk/http/dispatch.ts";
import type { Json, JsonObject } from "./sdk/json.ts";
import type { ObjectStore } from "./sdk/object-store.ts";
import type { Problem } from "./sdk/problem.ts";
import type { CallStore } from "./store/remembered-call.ts";

/** The control plane: AppFlow's API over the given stores. */
export interface App {
  /** Answers one request of the API; `caller` is who sent it, if that has been verified already. Never fails. */
  readonly handle: (request: Request, caller?: Caller) => Promise<Response>;
  /** Answers PutEvents in EventBridge's place. Never fails. */
  readonly putEvents: (request: Request) => Promise<Response>;
  /** Checks the body of a CreateFlow call without making anything. */
  readonly readFlow: (body: Json) => CheckedFlow;
}

/** A flow that could be created, or everything that is in the way. */
export type CheckedFlow =
  | { readonly definition: FlowDefinition; readonly request: JsonObject }
  | { readonly problems: readonly Problem[] };

/** What every part of the API needs. */
interface ApiPorts {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly inbox: Inbox;
  readonly calls: CallStore;
  readonly profiles: ProfileStore;
  readonly registrations: RegistrationStore;
  readonly metadata: MetadataCache;
  readonly functions: ConnectorFunctions;
  readonly keys: KeyStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID. */
  readonly id: () => string;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  /** Told of every error that callers are not told of. */
  readonly report: RouterPorts["report"];
}

/** What operations about flows and runs need. */
export interface FlowPorts extends ApiPorts {
  readonly alarm: Alarm;
  /** Absent where `putEvents` takes all events that there are. */
  readonly subscriptions?: Subscriptions;
  readonly orchestrator: Orchestrator;
}

/** What operations about profiles, and about what lies behind them, need. */
export interface ConnectionPorts extends ApiPorts {
  readonly vault: Vault;
  /** Calls other systems. */
  readonly send: Dispatch;
  /** Opens the connections of profiles. */
  readonly connect: Connect;
  /** Where the files lie that connectors look at. */
  readonly openObjects: () => Promise<ObjectStore>;
}

export interface AppPorts extends FlowPorts, ConnectionPorts {}

export interface AppConfig {
  readonly place: Place;
  /** What DescribeFlow names for a flow without a key of its own; undefined for the service's default key. */
  readonly kmsArn?: string | undefined;
  /** Seals page tokens and digests of calls. Page tokens of another key are refused. */
  readonly tokenKey: Uint8Array;
  /** The buckets that flows may name; undefined for any. */
  readonly allowedBuckets?: ReadonlySet<string> | undefined;
  /** How many there may be of what. */
  readonly quotas?: Quotas;
  /** True to refuse whatever the service refuses, even where this engine could do it. */
  readonly strict?: boolean;
  /** `anyone`: requests are not asked for a signature. Only for a server that nobody else can reach. */
  readonly callers: "signed" | "anyone";
}

export interface AppOptions<Ports = AppPorts> {
  readonly ports: Ports;
  readonly connectors: readonly Connector[];
  readonly config: AppConfig;
}

export function createApp(options: AppOptions): App {
  const { ports, connectors, config } = options;
  const { flows, inbox, now, id, report } = ports;
  const { place } = config;
  const events = { flows, inbox, connectors, place, authenticate: authenticateFor(options, "events"), now, id, report };
  return {
    handle: serve(OPERATIONS, { ...flowContext(options), ...connectionContext(options) }, options),
    putEvents: (request) => putEvents(request, events),
    readFlow: (body) =>
      checkFlow(body, { connectors, strict: config.strict ?? false, allowedBuckets: config.allowedBuckets }),
  };
}

/** The part of the API that opens no connections, and sees no credentials and no data. */
export function createFlowApp(options: AppOptions<FlowPorts>): Pick<App, "handle"> {
  return { handle: serve(FLOW_OPERATIONS, flowContext(options), options) };
}

/** The rest of it. */
export function createConnectionApp(options: AppOptions<ConnectionPorts>): Pick<App, "handle"> {
  return { handle: serve(CONNECTION_OPERATIONS, connectionContext(options), options) };
}

function serve<Context extends ApiContext>(
  operations: readonly Operation<Context & Called>[],
  context: Context,
  options: AppOptions<ApiPorts>,
): App["handle"] {
  const { report } = options.ports;
  return createRouter({ operations, context, authenticate: authenticateFor(options), report });
}

function authenticateFor(
  { ports: { keys, now }, config: { place, callers } }: AppOptions<ApiPorts>,
  service?: string,
): RouterPorts["authenticate"] {
  const anyone: Caller = { arn: userArn(place, "anyone"), user: "anyone", access: "full" };
  return async (request) =>
    callers === "anyone" ? anyone : authenticate(request, { keys, place, now: now(), service });
}

function flowContext(options: AppOptions<FlowPorts>): FlowContext {
  const { alarm, subscriptions, orchestrator } = options.ports;
  return { ...apiContext(options), alarm, subscriptions, orchestrator };
}

function connectionContext(options: AppOptions<ConnectionPorts>): ConnectionContext {
  const { ports, connectors } = options;
  return {
    ...apiContext(options),
    vault: ports.vault,
    send: ports.send,
    openSession: (connector, profile) => browseSession(connector, profile, ports),
    renewTokens: (profile) => renewProfile(profile, connectors, ports),
  };
}

function apiContext({ ports, connectors, config }: AppOptions<ApiPorts>): ApiContext {
  const { flows, runs, inbox, calls, profiles, registrations, metadata, functions, wait, now, id } = ports;
  const { place, tokenKey } = config;
  const stores = { flows, runs, inbox, calls, profiles, registrations, metadata };
  return {
    ...stores,
    functions,
    connectors,
    place,
    wait,
    now,
    id,
    strict: config.strict ?? false,
    allowedBuckets: config.allowedBuckets,
    quotas: config.quotas ?? {},
    defaultKeyArn: config.kmsArn ?? defaultKeyArn(place),
    pages: createPages(tokenKey),
    digest: createDigest(tokenKey),
  };
}

/** Whoever looks around in a system waits for it, and not for ever. */
const BROWSE_LIMIT_MS = 60_000;

async function browseSession(
  connector: Connector,
  profile: Profile | undefined,
  { connect, openObjects, now }: Pick<ConnectionPorts, "connect" | "openObjects" | "now">,
): Promise<BrowseSession> {
  const signal = AbortSignal.timeout(BROWSE_LIMIT_MS);
  const scope = { signal, deadline: now() + BROWSE_LIMIT_MS };
  const connection = profile === undefined ? NO_CONNECTION : await connect(connector, profile.name, scope);
  const objects = await openObjects();
  return { objects, connection, signal, sample: (pages) => sampleFields(pages, signal) };
}

/** Checks the body of a CreateFlow call. Reports every problem, not only the first. */
export function checkFlow(body: Json, options: ReadFlowOptions): CheckedFlow {
  const read = readFlow(body, options);
  return "definition" in read ? { definition: read.definition, request: read.request } : { problems: problemsOf(read) };
}
