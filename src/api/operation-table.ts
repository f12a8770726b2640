import type { Json, JsonObject } from "../sdk/json.ts";
import type { ConnectionCall, FlowCall } from "./context.ts";
import { cancelFlowExecutions } from "./operations/cancel-flow-executions.ts";
import { createConnectorProfile } from "./operations/create-connector-profile.ts";
import { createFlow } from "./operations/create-flow.ts";
import { deleteConnectorProfile } from "./operations/delete-connector-profile.ts";
import { deleteFlow } from "./operations/delete-flow.ts";
import { describeConnector } from "./operations/describe-connector.ts";
import { describeConnectorEntity } from "./operations/describe-connector-entity.ts";
import { describeConnectorProfiles } from "./operations/describe-connector-profiles.ts";
import { describeConnectors } from "./operations/describe-connectors.ts";
import { describeFlow } from "./operations/describe-flow.ts";
import { describeFlowExecutionRecords } from "./operations/describe-flow-execution-records.ts";
import { listConnectorEntities } from "./operations/list-connector-entities.ts";
import { listConnectors } from "./operations/list-connectors.ts";
import { listFlows } from "./operations/list-flows.ts";
import { listTagsForResource } from "./operations/list-tags-for-resource.ts";
import { registerConnector } from "./operations/register-connector.ts";
import { resetConnectorMetadataCache } from "./operations/reset-connector-metadata-cache.ts";
import { startFlow } from "./operations/start-flow.ts";
import { stopFlow } from "./operations/stop-flow.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { unregisterConnector } from "./operations/unregister-connector.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateConnectorProfile } from "./operations/update-connector-profile.ts";
import { updateConnectorRegistration } from "./operations/update-connector-registration.ts";
import { updateFlow } from "./operations/update-flow.ts";
import type { ErrorName } from "./problems.ts";

/** One operation of the AppFlow API, for calls of such a kind. */
export interface Operation<Of = FlowCall & ConnectionCall> {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** What the caller's key must allow. */
  readonly access: "read" | "write";
  /** The errors that the service's model lists for it, besides InternalServerException: clients know no others. */
  readonly errors: readonly ErrorName[];
  readonly run: (body: Json, call: Of) => Promise<JsonObject>;
}

/** Those about flows, runs and connectors: whoever serves them needs no credentials of other systems, and no data. */
export const FLOW_OPERATIONS: readonly Operation<FlowCall>[] = [
  {
    name: "CreateFlow",
    method: "POST",
    path: "/create-flow",
    access: "write",
    errors: [
      "ValidationException",
      "ResourceNotFoundException",
      "ServiceQuotaExceededException",
      "ConflictException",
      "ConnectorAuthenticationException",
      "ConnectorServerException",
      "AccessDeniedException",
    ],
    run: createFlow,
  },
  {
    name: "DescribeFlow",
    method: "POST",
    path: "/describe-flow",
    access: "read",
    errors: ["ResourceNotFoundException"],
    run: describeFlow,
  },
  {
    name: "ListFlows",
    method: "POST",
    path: "/list-flows",
    access: "read",
    errors: ["ValidationException"],
    run: listFlows,
  },
  {
    name: "StartFlow",
    method: "POST",
    path: "/start-flow",
    access: "write",
    errors: ["ResourceNotFoundException", "ServiceQuotaExceededException", "ConflictException"],
    run: startFlow,
  },
  {
    name: "DescribeFlowExecutionRecords",
    method: "POST",
    path: "/describe-flow-execution-records",
    access: "read",
    errors: ["ValidationException", "ResourceNotFoundException"],
    run: describeFlowExecutionRecords,
  },
  {
    name: "DeleteFlow",
    method: "POST",
    path: "/delete-flow",
    access: "write",
    errors: ["ResourceNotFoundException", "ConflictException"],
    run: deleteFlow,
  },
  {
    name: "UpdateFlow",
    method: "POST",
    path: "/update-flow",
    access: "write",
    errors: [
      "ValidationException",
      "ResourceNotFoundException",
      "ServiceQuotaExceededException",
      "ConflictException",
      "ConnectorAuthenticationException",
      "ConnectorServerException",
      "AccessDeniedException",
    ],
    run: updateFlow,
  },
  {
    name: "StopFlow",
    method: "POST",
    path: "/stop-flow",
    access: "write",
    errors: ["ConflictException", "ResourceNotFoundException", "UnsupportedOperationException"],
    run: stopFlow,
  },
  {
    name: "CancelFlowExecutions",
    method: "POST",
    path: "/cancel-flow-executions",
    access: "write",
    errors: ["ValidationException", "AccessDeniedException", "ResourceNotFoundException", "ThrottlingException"],
    run: cancelFlowExecutions,
  },
  {
    name: "ListTagsForResource",
    method: "GET",
    path: "/tags/{resourceArn}",
    access: "read",
    errors: ["ValidationException", "ResourceNotFoundException"],
    run: listTagsForResource,
  },
  {
    name: "TagResource",
    method: "POST",
    path: "/tags/{resourceArn}",
    access: "write",
    errors: ["ValidationException", "ResourceNotFoundException"],
    run: tagResource,
  },
  {
    name: "UntagResource",
    method: "DELETE",
    path: "/tags/{resourceArn}",
    access: "write",
    errors: ["ValidationException", "ResourceNotFoundException"],
    run: untagResource,
  },
  {
    name: "DescribeConnectors",
    method: "POST",
    path: "/describe-connectors",
    access: "read",
    errors: ["ValidationException"],
    run: describeConnectors,
  },
  {
    name: "DescribeConnector",
    method: "POST",
    path: "/describe-connector",
    access: "read",
    errors: ["ValidationException", "ResourceNotFoundException"],
    run: describeConnector,
  },
  {
    name: "ListConnectors",
    method: "POST",
    path: "/list-connectors",
    access: "read",
    errors: ["ValidationException"],
    run: listConnectors,
  },
  {
    name: "RegisterConnector",
    method: "POST",
    path: "/register-connector",
    access: "write",
    errors: [
      "ValidationException",
      "ConflictException",
      "AccessDeniedException",
      "ResourceNotFoundException",
      "ServiceQuotaExceededException",
      "ThrottlingException",
      "ConnectorServerException",
      "ConnectorAuthenticationException",
    ],
    run: registerConnector,
  },
  {
    name: "UpdateConnectorRegistration",
    method: "POST",
    path: "/update-connector-registration",
    access: "write",
    errors: [
      "ValidationException",
      "ConflictException",
      "AccessDeniedException",
      "ResourceNotFoundException",
      "ServiceQuotaExceededException",
      "ThrottlingException",
      "ConnectorServerException",
      "ConnectorAuthenticationException",
    ],
    run: updateConnectorRegistration,
  },
  {
    name: "UnregisterConnector",
    method: "POST",
    path: "/unregister-connector",
    access: "write",
    errors: ["ResourceNotFoundException", "ConflictException"],
    run: unregisterConnector,
  },
];

/** Those about profiles, and about what lies behind them. */
export const CONNECTION_OPERATIONS: readonly Operation<ConnectionCall>[] = [
  {
    name: "CreateConnectorProfile",
    method: "POST",
    path: "/create-connector-profile",
    access: "write",
    errors: [
      "ValidationException",
      "ConflictException",
      "ServiceQuotaExceededException",
      "ConnectorAuthenticationException",
    ],
    run: createConnectorProfile,
  },
  {
    name: "UpdateConnectorProfile",
    method: "POST",
    path: "/update-connector-profile",
    access: "write",
    errors: [
      "ValidationException",
      "ResourceNotFoundException",
      "ConflictException",
      "ConnectorAuthenticationException",
    ],
    run: updateConnectorProfile,
  },
  {
    name: "DeleteConnectorProfile",
    method: "POST",
    path: "/delete-connector-profile",
    access: "write",
    errors: ["ResourceNotFoundException", "ConflictException"],
    run: deleteConnectorProfile,
  },
  {
    name: "DescribeConnectorProfiles",
    method: "POST",
    path: "/describe-connector-profiles",
    access: "read",
    errors: ["ValidationException"],
    run: describeConnectorProfiles,
  },
  {
    name: "ListConnectorEntities",
    method: "POST",
    path: "/list-connector-entities",
    access: "read",
    errors: [
      "ValidationException",
      "ResourceNotFoundException",
      "ConnectorAuthenticationException",
      "ConnectorServerException",
    ],
    run: listConnectorEntities,
  },
  {
    name: "DescribeConnectorEntity",
    method: "POST",
    path: "/describe-connector-entity",
    access: "read",
    errors: [
      "ValidationException",
      "ResourceNotFoundException",
      "ConnectorAuthenticationException",
      "ConnectorServerException",
    ],
    run: describeConnectorEntity,
  },
  {
    name: "ResetConnectorMetadataCache",
    method: "POST",
    path: "/reset-connector-metadata-cache",
    access: "write",
    errors: ["ValidationException", "ResourceNotFoundException", "ConflictException"],
    run: resetConnectorMetadataCache,
  },
];

export const OPERATIONS: readonly Operation[] = [...FLOW_OPERATIONS, ...CONNECTION_OPERATIONS];
