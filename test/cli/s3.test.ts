import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { millrace } from "../support/cli.ts";
import { motoMissing, startMoto } from "../support/moto-server.ts";

const REGION = "eu-west-1";
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
const FLOW = {
  flowName: "numbers",
  triggerConfig: { triggerType: "OnDemand" },
  sourceFlowConfig: {
    connectorType: "S3",
    sourceConnectorProperties: { S3: { bucketName: "from-s3", bucketPrefix: "in/" } },
  },
  destinationFlowConfigList: [
    { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "out", bucketPrefix: "copy" } } },
  ],
  tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
};

const missing = motoMissing();

describe("millrace run --s3", () => {
  it.skipIf(missing !== undefined)(
    `reads buckets without a folder from S3 (needs moto: ${missing ?? "found"})`,
    async () => {
      const moto = await startMoto();
      const folder = await mkdtemp(join(tmpdir(), "millrace-s3-"));
      const client = new S3Client({
        region: REGION,
        endpoint: moto.endpoint,
        forcePathStyle: true,
        credentials: CREDENTIALS,
      });
      try {
        await client.send(
          new CreateBucketCommand({ Bucket: "from-s3", CreateBucketConfiguration: { LocationConstraint: REGION } }),
        );
        await client.send(new PutObjectCommand({ Bucket: "from-s3", Key: "in/a.csv", Body: "id\n1\n2\n" }));
        await writeFile(join(folder, "flow.json"), JSON.stringify(FLOW));
        await mkdir(join(folder, "out"));

        const { code, stderr } = await millrace(
          ["run", join(folder, "flow.json"), "--s3", "--bucket", `out=${join(folder, "out")}`],
          {
            env: {
              AWS_ENDPOINT_URL_S3: moto.endpoint,
              AWS_REGION: REGION,
              AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
              AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
            },
          },
        );

        expect([code, stderr]).toEqual([0, ""]);
        const written = join(folder, "out", "copy", "numbers");
        const [name] = await readdir(written);
        expect(await readFile(join(written, name!), "utf8")).toBe('{"id":"1"}\n{"id":"2"}\n');
      } finally {
        client.destroy();
        await moto.stop();
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
