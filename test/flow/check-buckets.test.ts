import { expect, it } from "vitest";
import { checkBuckets } from "../../src/flow/check-buckets.ts";

it("names every bucket that a flow may not use, wherever it is named, and the parameter that allows all of them", () => {
  const problems = checkBuckets(
    {
      sourceFlowConfig: { sourceConnectorProperties: { S3: { bucketName: "raw" } } },
      destinationFlowConfigList: [
        {
          destinationConnectorProperties: {
            S3: { bucketName: "lake", errorHandlingConfig: { bucketName: "errors" } },
          },
        },
        { destinationConnectorProperties: { Redshift: { intermediateBucketName: "between" } } },
        { destinationConnectorProperties: { EventBridge: { errorHandlingConfig: { bucketName: "errors" } } } },
      ],
    },
    new Set(["lake", "other"]),
  );

  expect(problems.map(({ path, message }) => [path, /"(.*)"/.exec(message)?.[1]])).toEqual([
    ["sourceFlowConfig.sourceConnectorProperties.S3.bucketName", "raw"],
    ["destinationFlowConfigList[0].destinationConnectorProperties.S3.errorHandlingConfig.bucketName", "errors"],
    ["destinationFlowConfigList[1].destinationConnectorProperties.Redshift.intermediateBucketName", "between"],
    [
      "destinationFlowConfigList[2].destinationConnectorProperties.EventBridge.errorHandlingConfig.bucketName",
      "errors",
    ],
  ]);
  for (const { remedy } of problems) expect(remedy).toContain("allowedBuckets=between,errors,lake,other,raw;");
});

it("finds nothing wrong with buckets that are allowed, with ends that have none, and with what is no name", () => {
  const source = { sourceConnectorProperties: { S3: { bucketName: "lake" }, Odd: { bucketName: 7 } } };
  const destinations = [{}, { destinationConnectorProperties: { EventBridge: {} } }];

  expect(
    checkBuckets({ sourceFlowConfig: source, destinationFlowConfigList: destinations }, new Set(["lake"])),
  ).toEqual([]);
});
