import {
  ConnectorOperator,
  ConnectorType,
  DestinationConnectorProperties,
  SourceConnectorProperties,
} from "./connector-shapes.ts";
import { ConnectorProfileCredentials, ConnectorProfileProperties } from "./profile-shapes.ts";
import { boolean, integer, list, map, oneOf, string, structure, timestamp, union } from "./shape.ts";

/*
 * The inputs of the operations. Names and limits are those of the AppFlow API, version 2020-08-23
 * (https://docs.aws.amazon.com/appflow/1.0/APIReference/API_Operations.html). Where its patterns name the partition
 * `aws`, any partition is let in.
 */

const FlowName = string({ max: 256, pattern: String.raw`[a-zA-Z0-9][\w!@#.-]+` });
const ClientToken = string({ min: 1, max: 256, pattern: "[ -~]+" });
const MaxResults = integer(1, 100);
const NextToken = string({ max: 2048, pattern: String.raw`\S+` });
const ApiVersion = string({ max: 256, pattern: String.raw`\S+` });
const ConnectorLabel = string({ max: 256, pattern: String.raw`[a-zA-Z0-9][\w!@#.-]+` });
const EntityName = string({ max: 1024, pattern: String.raw`\S+` });
const EntitiesPath = string({ max: 256, pattern: String.raw`[\s\w/!@#+=,.-]*` });
const ResourceArn = string({ max: 512, pattern: "arn:[a-z-]+:.*:.*:[0-9]+:.*" });
const ProfileName = string({ max: 256, pattern: String.raw`[\w/!@#+=.-]+` });
const GlueName = String.raw`[\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}\t]*`;

const TriggerConfig = structure({
  "triggerType!": oneOf("Scheduled", "Event", "OnDemand"),
  triggerProperties: union(
    {
      Scheduled: structure({
        "scheduleExpression!": string({ max: 256, pattern: ".*" }),
        dataPullMode: oneOf("Incremental", "Complete"),
        scheduleStartTime: timestamp,
        scheduleEndTime: timestamp,
        timezone: string({ max: 256, pattern: ".*" }),
        scheduleOffset: integer(0, 36_000),
        firstExecutionFrom: timestamp,
        flowErrorDeactivationThreshold: integer(1, 100),
      }),
    },
    { scheduledTriggerProperties: "Scheduled" },
  ),
});

const SourceFlowConfig = structure({
  "connectorType!": ConnectorType,
  apiVersion: ApiVersion,
  connectorProfileName: ProfileName,
  "sourceConnectorProperties!": SourceConnectorProperties,
  incrementalPullConfig: structure({ datetimeTypeFieldName: string({ max: 256, pattern: ".*" }) }),
});

const DestinationFlowConfig = structure({
  "connectorType!": ConnectorType,
  apiVersion: ApiVersion,
  connectorProfileName: ProfileName,
  "destinationConnectorProperties!": DestinationConnectorProperties,
});

const TaskProperty = oneOf(
  "VALUE",
  "VALUES",
  "DATA_TYPE",
  "UPPER_BOUND",
  "LOWER_BOUND",
  "SOURCE_DATA_TYPE",
  "DESTINATION_DATA_TYPE",
  "VALIDATION_ACTION",
  "MASK_VALUE",
  "MASK_LENGTH",
  "TRUNCATE_LENGTH",
  "MATH_OPERATION_FIELDS_ORDER",
  "CONCAT_FORMAT",
  "SUBFIELD_CATEGORY_MAP",
  "EXCLUDE_SOURCE_FIELDS_LIST",
  "INCLUDE_NEW_FIELDS",
  "ORDERED_PARTITION_KEYS_LIST",
);

const Task = structure({
  "sourceFields!": list(string({ max: 2048, pattern: ".*" })),
  connectorOperator: ConnectorOperator,
  destinationField: string({ max: 256, pattern: ".*" }),
  "taskType!": oneOf(
    "Arithmetic",
    "Filter",
    "Map",
    "Map_all",
    "Mask",
    "Merge",
    "Passthrough",
    "Truncate",
    "Validate",
    "Partition",
  ),
  taskProperties: map(TaskProperty, string({ max: 2048, pattern: ".+" })),
});

const MetadataCatalogConfig = structure({
  glueDataCatalog: structure({
    "roleArn!": string({ max: 512, pattern: "arn:[a-z-]+:iam:.*:[0-9]+:.*" }),
    "databaseName!": string({ max: 255, pattern: GlueName }),
    "tablePrefix!": string({ max: 128, pattern: GlueName }),
  }),
});

const TagKey = string({ min: 1, max: 128, pattern: "(?!aws:)[a-zA-Z+-=._:/]+" });
const Tags = map(TagKey, string({ max: 256, pattern: String.raw`[\s\w+-=.:/@]*` }), 50);

const FlowDescription = string({ max: 2048, pattern: String.raw`[\w!@#\-.?,\s]*` });
const KmsArn = string({ min: 20, max: 2048, pattern: "arn:[a-z-]+:kms:.*:[0-9]+:.*" });

export const CreateFlowRequest = structure({
  "flowName!": FlowName,
  description: FlowDescription,
  kmsArn: KmsArn,
  "triggerConfig!": TriggerConfig,
  "sourceFlowConfig!": SourceFlowConfig,
  "destinationFlowConfigList!": list(DestinationFlowConfig),
  "tasks!": list(Task),
  tags: Tags,
  metadataCatalogConfig: MetadataCatalogConfig,
  clientToken: ClientToken,
});

export const UpdateFlowRequest = structure({
  "flowName!": FlowName,
  description: FlowDescription,
  "triggerConfig!": TriggerConfig,
  "sourceFlowConfig!": SourceFlowConfig,
  "destinationFlowConfigList!": list(DestinationFlowConfig),
  "tasks!": list(Task),
  metadataCatalogConfig: MetadataCatalogConfig,
  clientToken: ClientToken,
});

export const DescribeFlowRequest = structure({ "flowName!": FlowName });

export const ListFlowsRequest = structure({ maxResults: MaxResults, nextToken: NextToken });

export const StartFlowRequest = structure({ "flowName!": FlowName, clientToken: ClientToken });

export const DescribeFlowExecutionRecordsRequest = structure({
  "flowName!": FlowName,
  maxResults: MaxResults,
  nextToken: NextToken,
});

export const DeleteFlowRequest = structure({ "flowName!": FlowName, forceDelete: boolean });

export const StopFlowRequest = structure({ "flowName!": FlowName });

export const CancelFlowExecutionsRequest = structure({
  "flowName!": FlowName,
  executionIds: list(string({ max: 256, pattern: String.raw`\S+` }), 100),
});

const ConnectionMode = oneOf("Public", "Private");
const ConnectorProfileConfig = structure({
  "connectorProfileProperties!": ConnectorProfileProperties,
  connectorProfileCredentials: ConnectorProfileCredentials,
});

export const CreateConnectorProfileRequest = structure({
  "connectorProfileName!": ProfileName,
  kmsArn: KmsArn,
  "connectorType!": ConnectorType,
  connectorLabel: ConnectorLabel,
  "connectionMode!": ConnectionMode,
  "connectorProfileConfig!": ConnectorProfileConfig,
  clientToken: ClientToken,
});

export const UpdateConnectorProfileRequest = structure({
  "connectorProfileName!": ProfileName,
  "connectionMode!": ConnectionMode,
  "connectorProfileConfig!": ConnectorProfileConfig,
  clientToken: ClientToken,
});

export const DeleteConnectorProfileRequest = structure({ "connectorProfileName!": ProfileName, forceDelete: boolean });

export const DescribeConnectorProfilesRequest = structure({
  connectorProfileNames: list(ProfileName, 100),
  connectorType: ConnectorType,
  connectorLabel: ConnectorLabel,
  maxResults: MaxResults,
  nextToken: NextToken,
});

export const DescribeConnectorsRequest = structure({
  connectorTypes: list(ConnectorType, 100),
  maxResults: MaxResults,
  nextToken: NextToken,
});

export const DescribeConnectorRequest = structure({ "connectorType!": ConnectorType, connectorLabel: ConnectorLabel });

export const ListConnectorsRequest = structure({ maxResults: MaxResults, nextToken: NextToken });

export const ListConnectorEntitiesRequest = structure({
  connectorProfileName: ProfileName,
  connectorType: ConnectorType,
  entitiesPath: EntitiesPath,
  apiVersion: ApiVersion,
  maxResults: integer(1, 10_000),
  nextToken: NextToken,
});

export const DescribeConnectorEntityRequest = structure({
  "connectorEntityName!": EntityName,
  connectorType: ConnectorType,
  connectorProfileName: ProfileName,
  apiVersion: ApiVersion,
});

export const ResetConnectorMetadataCacheRequest = structure({
  connectorProfileName: ProfileName,
  connectorType: ConnectorType,
  connectorEntityName: EntityName,
  entitiesPath: EntitiesPath,
  apiVersion: ApiVersion,
});

const ConnectorDescription = string({ max: 1024, pattern: String.raw`[\s\w/!@#+=.-]*` });
const ConnectorProvisioningConfig = structure({
  lambda: structure({ "lambdaArn!": string({ max: 512, pattern: "arn:[a-z-]+:.*:.*:[0-9]+:.*" }) }),
});

export const RegisterConnectorRequest = structure({
  connectorLabel: ConnectorLabel,
  description: ConnectorDescription,
  connectorProvisioningType: oneOf("LAMBDA"),
  connectorProvisioningConfig: ConnectorProvisioningConfig,
  clientToken: ClientToken,
});

export const UpdateConnectorRegistrationRequest = structure({
  "connectorLabel!": ConnectorLabel,
  description: ConnectorDescription,
  connectorProvisioningConfig: ConnectorProvisioningConfig,
  clientToken: ClientToken,
});

export const UnregisterConnectorRequest = structure({ "connectorLabel!": ConnectorLabel, forceDelete: boolean });

export const ListTagsForResourceRequest = structure({ "resourceArn!": ResourceArn });

export const TagResourceRequest = structure({ "resourceArn!": ResourceArn, "tags!": Tags });

export const UntagResourceRequest = structure({ "resourceArn!": ResourceArn, "tagKeys!": list(TagKey, 50) });
