import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, it } from "vitest";
import { S3ObjectStore } from "../../../src/adapters/aws/s3-object-store.ts";
import { objectStoreContract } from "../../contract/object-store.ts";
import { motoMissing, startMoto } from "../../support/moto-server.ts";

const missing = motoMissing();

/** s3-replies.test.ts shows that the adapter does its part. */
const WAIVERS = new Map([
  ["tab\tnewline\nreturn\r", "moto answers 500 to keys with line breaks"],
  ["fails with NoSuchUpload when it was aborted", "moto answers 500 where S3 says NoSuchUpload"],
  ["copies from no other object than the one that is meant", "moto ignores the condition of a copy"],
  ["belongs to its key", "moto completes an upload under any key"],
]);

if (missing === undefined) {
  objectStoreContract({
    name: "S3 (moto)",
    openUploads: 200,
    histories: 5,
    waivers: WAIVERS,
    async open() {
      const moto = await startMoto();
      const client = () =>
        new S3Client({
          region: "eu-west-1",
          endpoint: moto.endpoint,
          forcePathStyle: true,
          requestChecksumCalculation: "WHEN_REQUIRED",
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
      const clients = [client(), client()];
      await clients[0]!.send(
        new CreateBucketCommand({ Bucket: "lake", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
      );
      return {
        store: new S3ObjectStore(clients[0]!),
        other: new S3ObjectStore(clients[1]!),
        bucket: "lake",
        async close() {
          for (const client of clients) client.destroy();
          await moto.stop();
        },
      };
    },
  });
} else {
  describe("object store: S3 (moto)", () => {
    it.skip(`keeps the contract: skipped because ${missing}`, () => undefined);
  });
}
