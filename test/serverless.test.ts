import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpEvent } from "./lambda/http-events.ts";
import type { HttpHandler } from "../src/lambda/http-event.ts";

const ROOT = join(import.meta.dirname, "..");
const MAX_BUNDLE_BYTES = 2 * 1024 * 1024;

interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
let resources: readonly Resource[];

beforeAll(() => {
  const osls = join(ROOT, "node_modules/.bin/osls");
  execFileSync(osls, ["package", "--package", folder, "--param", "dataBucket=lake"], {
    cwd: ROOT,
    env: withoutNetworkAndCredentials(),
    stdio: "pipe",
  });
  const template = JSON.parse(readFileSync(join(folder, "cloudformation-template-update-stack.json"), "utf8")) as {
    readonly Resources: Readonly<Record<string, Resource>>;
  };
  resources = Object.values(template.Resources);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package for AWS", () => {
  it("lets nobody call the API without a signature that IAM accepts", () => {
    const routes = ofType("AWS::ApiGatewayV2::Route");

    expect(routes.length).toBeGreaterThan(0);
    expect(routes.map(({ AuthorizationType }) => AuthorizationType)).toEqual(routes.map(() => "AWS_IAM"));
  });

  it("gives functions no permission but to write their own logs", () => {
    const statements = ofType("AWS::IAM::Role").flatMap(({ Policies }) =>
      (Policies as { PolicyDocument: { Statement: { Action: string[] }[] } }[]).flatMap(
        (p) => p.PolicyDocument.Statement,
      ),
    );

    expect(statements.flatMap(({ Action }) => Action).filter((action) => !action.startsWith("logs:"))).toEqual([]);
  });

  it("makes a data bucket only when one is named, and keeps open uploads there for a week", () => {
    const named = resources.filter(({ Condition }) => Condition === "HasDataBucket").map(({ Type }) => Type);
    const [bucket] = ofType("AWS::S3::Bucket").filter(({ BucketName }) => BucketName === "lake");

    expect(named.toSorted()).toEqual(["AWS::IAM::ManagedPolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"]);
    expect(bucket).toMatchObject({
      LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }] },
    });
  });

  it("runs every function on the Node that the tests run on", () => {
    const major = process.versions.node.split(".")[0];

    expect(new Set(ofType("AWS::Lambda::Function").map(({ Runtime }) => Runtime))).toEqual(
      new Set([`nodejs${major}.x`]),
    );
  });

  it("bundles functions that start without node_modules and stay small", async () => {
    const bundle = join(ROOT, ".build/functions/check-flow.mjs");
    const { handler } = (await import(bundle)) as { readonly handler: HttpHandler };

    const { statusCode, body } = await handler(httpEvent({ body: `{"flowName":"orders"}` }));

    expect(statusCode).toBe(200);
    expect(body).toContain("triggerConfig");
    expect(statSync(bundle).size).toBeLessThan(MAX_BUNDLE_BYTES);
    expect(readFileSync(bundle, "utf8")).not.toMatch(/(?:from|import\() ?"(?!node:)/);
  });
});

function ofType(type: string): Readonly<Record<string, unknown>>[] {
  return resources.filter((resource) => resource.Type === type).map(({ Properties }) => Properties);
}

function withoutNetworkAndCredentials(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  const nowhere = "http://127.0.0.1:9";
  return { ...Object.fromEntries(kept), HOME: folder, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere };
}
