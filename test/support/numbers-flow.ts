import type { CreateFlowCommandInput } from "@aws-sdk/client-appflow";

/** Copies JSON lines from the bucket `numbers-in` to one file in `numbers-out`. */
export const NUMBERS_FLOW: CreateFlowCommandInput = {
  flowName: "numbers",
  triggerConfig: { triggerType: "OnDemand" },
  sourceFlowConfig: {
    connectorType: "S3",
    sourceConnectorProperties: {
      S3: { bucketName: "numbers-in", bucketPrefix: "", s3InputFormatConfig: { s3InputFileType: "JSON" } },
    },
  },
  destinationFlowConfigList: [
    {
      connectorType: "S3",
      destinationConnectorProperties: {
        S3: {
          bucketName: "numbers-out",
          s3OutputFormatConfig: { aggregationConfig: { aggregationType: "SingleFile" } },
        },
      },
    },
  ],
  tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
};
