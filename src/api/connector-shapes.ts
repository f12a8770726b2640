import { textsOf, withAdded, withAddedTypes } from "./added-connectors.ts";
import { boolean, integer, list, map, oneOf, string, structure, union } from "./shape.ts";

/*
 * What the connectors add to AppFlow's requests: their operators, and the properties of their sources and destinations.
 * Names and limits are those of the AppFlow API, version 2020-08-23
 * (https://docs.aws.amazon.com/appflow/1.0/APIReference/API_Types.html).
 */

const NO_BLANKS = String.raw`\S+`;
const ObjectName = string({ max: 512, pattern: NO_BLANKS });
const BucketName = string({ min: 3, max: 63, pattern: NO_BLANKS });
const BucketPrefix = string({ max: 512, pattern: ".*" });

const AppFlowType = oneOf(
  "Salesforce",
  "Singular",
  "Slack",
  "Redshift",
  "S3",
  "Marketo",
  "Googleanalytics",
  "Zendesk",
  "Servicenow",
  "Datadog",
  "Trendmicro",
  "Snowflake",
  "Dynatrace",
  "Infornexus",
  "Amplitude",
  "Veeva",
  "EventBridge",
  "LookoutMetrics",
  "Upsolver",
  "Honeycode",
  "CustomerProfiles",
  "SAPOData",
  "CustomConnector",
  "Pardot",
);

export const ConnectorType = withAddedTypes(AppFlowType);

const COMPARISONS = [
  "LESS_THAN",
  "GREATER_THAN",
  "BETWEEN",
  "LESS_THAN_OR_EQUAL_TO",
  "GREATER_THAN_OR_EQUAL_TO",
  "EQUAL_TO",
  "NOT_EQUAL_TO",
];

/** The operators of a connector: the projection, its own comparisons, and what every connector's fields allow. */
function operators(...comparisons: readonly string[]) {
  return oneOf<string>(
    "PROJECTION",
    ...comparisons,
    "ADDITION",
    "MULTIPLICATION",
    "DIVISION",
    "SUBTRACTION",
    "MASK_ALL",
    "MASK_FIRST_N",
    "MASK_LAST_N",
    "VALIDATE_NON_NULL",
    "VALIDATE_NON_ZERO",
    "VALIDATE_NON_NEGATIVE",
    "VALIDATE_NUMERIC",
    "NO_OP",
  );
}

const AppFlowOperator = union({
  Amplitude: oneOf("BETWEEN"),
  Datadog: operators("BETWEEN", "EQUAL_TO"),
  Dynatrace: operators("BETWEEN", "EQUAL_TO"),
  GoogleAnalytics: oneOf("PROJECTION", "BETWEEN"),
  InforNexus: operators("BETWEEN", "EQUAL_TO"),
  Marketo: operators("LESS_THAN", "GREATER_THAN", "BETWEEN"),
  S3: operators(...COMPARISONS),
  Salesforce: operators(...COMPARISONS, "CONTAINS"),
  ServiceNow: operators(...COMPARISONS, "CONTAINS"),
  Singular: operators("EQUAL_TO"),
  Slack: operators(
    "LESS_THAN",
    "GREATER_THAN",
    "BETWEEN",
    "LESS_THAN_OR_EQUAL_TO",
    "GREATER_THAN_OR_EQUAL_TO",
    "EQUAL_TO",
  ),
  Trendmicro: operators("EQUAL_TO"),
  Veeva: operators(...COMPARISONS, "CONTAINS"),
  Zendesk: operators("GREATER_THAN"),
  SAPOData: operators(...COMPARISONS, "CONTAINS"),
  CustomConnector: operators(...COMPARISONS, "CONTAINS"),
  Pardot: operators("EQUAL_TO"),
});

export const ConnectorOperator = withAdded(AppFlowOperator, ({ comparisons }) => operators(...comparisons));

const CustomProperties = map(
  string({ min: 1, max: 128, pattern: String.raw`[\w]+` }),
  string({ max: 2048, pattern: NO_BLANKS }),
  50,
);

const SalesforceDataTransferApi = oneOf("AUTOMATIC", "BULKV2", "REST_SYNC");
const WriteOperationType = oneOf("INSERT", "UPSERT", "UPDATE", "DELETE");
const IdFieldNames = list(string({ max: 128, pattern: NO_BLANKS }));
const FileType = oneOf("CSV", "JSON", "PARQUET");

const PrefixConfig = structure({
  prefixType: oneOf("FILENAME", "PATH", "PATH_AND_FILENAME"),
  prefixFormat: oneOf("YEAR", "MONTH", "DAY", "HOUR", "MINUTE"),
  pathPrefixHierarchy: list(oneOf("EXECUTION_ID", "SCHEMA_VERSION")),
});

const AggregationConfig = structure({
  aggregationType: oneOf("None", "SingleFile"),
  targetFileSize: integer(),
});

const ErrorHandlingConfig = structure({
  failOnFirstDestinationError: boolean,
  bucketPrefix: BucketPrefix,
  bucketName: BucketName,
});

/** The API's launch reference calls the prefix of a bucket `bucketKey` in its samples. */
const BUCKET_ALIASES = { bucketKey: "bucketPrefix" };

const OnlyObject = structure({ "object!": ObjectName });

const AppFlowSource = union({
  Amplitude: OnlyObject,
  Datadog: OnlyObject,
  Dynatrace: OnlyObject,
  GoogleAnalytics: OnlyObject,
  InforNexus: OnlyObject,
  Marketo: OnlyObject,
  S3: structure(
    {
      "bucketName!": BucketName,
      bucketPrefix: BucketPrefix,
      // Reading Parquet is an addition of ours: AppFlow's own types end with JSON.
      s3InputFormatConfig: structure({ s3InputFileType: FileType }),
    },
    BUCKET_ALIASES,
  ),
  Salesforce: structure({
    "object!": ObjectName,
    enableDynamicFieldUpdate: boolean,
    includeDeletedRecords: boolean,
    dataTransferApi: SalesforceDataTransferApi,
  }),
  ServiceNow: OnlyObject,
  Singular: OnlyObject,
  Slack: OnlyObject,
  Trendmicro: OnlyObject,
  Veeva: structure({
    "object!": ObjectName,
    documentType: string({ max: 512, pattern: String.raw`[\s\w_-]+` }),
    includeSourceFiles: boolean,
    includeRenditions: boolean,
    includeAllVersions: boolean,
  }),
  Zendesk: OnlyObject,
  SAPOData: structure({
    objectPath: ObjectName,
    parallelismConfig: structure({ "maxParallelism!": integer(1, 10) }),
    paginationConfig: structure({ "maxPageSize!": integer(1, 10_000) }),
  }),
  CustomConnector: structure({
    "entityName!": string({ max: 1024, pattern: NO_BLANKS }),
    customProperties: CustomProperties,
    dataTransferApi: structure({
      Name: string({ max: 64, pattern: String.raw`[\w/-]+` }),
      Type: oneOf("SYNC", "ASYNC", "AUTOMATIC"),
    }),
  }),
  Pardot: OnlyObject,
});

export const SourceConnectorProperties = withAdded(AppFlowSource, (added) => textsOf(added, "source"));

const StagedTable = structure({
  "object!": ObjectName,
  "intermediateBucketName!": BucketName,
  bucketPrefix: BucketPrefix,
  errorHandlingConfig: ErrorHandlingConfig,
});

const ObjectWithErrors = structure({ "object!": ObjectName, errorHandlingConfig: ErrorHandlingConfig });

export const DestinationConnectorProperties = union({
  Redshift: StagedTable,
  S3: structure(
    {
      "bucketName!": BucketName,
      bucketPrefix: BucketPrefix,
      s3OutputFormatConfig: structure({
        fileType: FileType,
        prefixConfig: PrefixConfig,
        aggregationConfig: AggregationConfig,
        preserveSourceDataTyping: boolean,
      }),
    },
    BUCKET_ALIASES,
  ),
  Salesforce: structure({
    "object!": ObjectName,
    idFieldNames: IdFieldNames,
    errorHandlingConfig: ErrorHandlingConfig,
    writeOperationType: WriteOperationType,
    dataTransferApi: SalesforceDataTransferApi,
  }),
  Snowflake: StagedTable,
  EventBridge: ObjectWithErrors,
  LookoutMetrics: structure({}),
  Upsolver: structure({
    "bucketName!": string({ min: 16, max: 63, pattern: String.raw`(upsolver-appflow)\S*` }),
    bucketPrefix: BucketPrefix,
    "s3OutputFormatConfig!": structure({
      fileType: FileType,
      "prefixConfig!": PrefixConfig,
      aggregationConfig: AggregationConfig,
    }),
  }),
  Honeycode: ObjectWithErrors,
  CustomerProfiles: structure({
    "domainName!": string({ max: 64, pattern: NO_BLANKS }),
    objectTypeName: string({ max: 255, pattern: NO_BLANKS }),
  }),
  Zendesk: structure({
    "object!": ObjectName,
    idFieldNames: IdFieldNames,
    errorHandlingConfig: ErrorHandlingConfig,
    writeOperationType: WriteOperationType,
  }),
  Marketo: ObjectWithErrors,
  CustomConnector: structure({
    "entityName!": string({ max: 1024, pattern: NO_BLANKS }),
    errorHandlingConfig: ErrorHandlingConfig,
    writeOperationType: WriteOperationType,
    idFieldNames: IdFieldNames,
    customProperties: CustomProperties,
  }),
  SAPOData: structure({
    "objectPath!": ObjectName,
    successResponseHandlingConfig: structure({ bucketPrefix: BucketPrefix, bucketName: BucketName }),
    idFieldNames: IdFieldNames,
    errorHandlingConfig: ErrorHandlingConfig,
    writeOperationType: WriteOperationType,
  }),
});
