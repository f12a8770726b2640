import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { sampleProfile } from "../support/sample-profile.ts";
import { createTestApp, post, type TestApp } from "../support/test-app.ts";
import REAL_FLOWS from "./real-flows.json" with { type: "json" };

/** A CreateFlow body as a client in the wild sends it. */
interface RealFlow {
  readonly id: string;
  readonly title: string;
  readonly body: RealBody;
  /** What DescribeFlow gives back, where that is not what was sent. */
  readonly canonical?: RealBody;
  /** Why it is refused. */
  readonly refused?: string;
}

interface RealBody {
  readonly flowName: string;
  readonly triggerConfig: { readonly triggerType: string };
  readonly sourceFlowConfig: RealEnd;
  readonly destinationFlowConfigList: readonly RealEnd[];
}

interface RealEnd {
  readonly connectorType: string;
  readonly connectorProfileName?: string;
}

const ANYONE = { callers: "anyone" as const };
const flows = REAL_FLOWS as readonly RealFlow[];
const accepted = flows.filter(({ refused }) => refused === undefined);
const refused = flows.filter(({ refused }) => refused !== undefined);

const typesOf = ({ sourceFlowConfig, destinationFlowConfigList }: RealBody) => [
  sourceFlowConfig.connectorType,
  ...destinationFlowConfigList.map(({ connectorType }) => connectorType),
];
/** An engine that has left out all connectors but one. */
const s3 = connectors.find(({ type }) => type === "S3")!;
const needsMore = ({ body }: RealFlow) => typesOf(body).some((type) => type !== s3.type);

/** An engine with every connector, and the profiles that a flow names. */
async function appWithProfilesOf({ sourceFlowConfig, destinationFlowConfigList }: RealBody): Promise<TestApp> {
  const app = createTestApp({ connectors, config: ANYONE });
  for (const { connectorType, connectorProfileName: name } of [sourceFlowConfig, ...destinationFlowConfigList]) {
    if (name !== undefined) await app.ports.profiles.create(sampleProfile(name, { connector: connectorType }));
  }
  return app;
}

describe("CreateFlow with what real clients send", () => {
  it.each(accepted)("accepts $id: $title", async ({ body }) => {
    const app = await appWithProfilesOf(body);

    const answer = await post(app, "/create-flow", body);

    expect(answer).toEqual({
      status: 200,
      error: null,
      body: {
        flowArn: `arn:aws:appflow:eu-west-1:111122223333:flow/${body.flowName}`,
        flowStatus: body.triggerConfig.triggerType === "OnDemand" ? "Active" : "Draft",
      },
    });
  });

  it.each(accepted)("accepts, and gives back as it was sent, $id: $title", async ({ body, canonical = body }) => {
    const app = await appWithProfilesOf(body);

    const created = await post(app, "/create-flow", body);
    const described = await post(app, "/describe-flow", { flowName: body.flowName });

    expect(created).toMatchObject({ status: 200 });
    expect(described.body).toMatchObject({ ...canonical });
    const { kmsArn, createdAt, ...rest } = described.body;
    expect(Object.keys(rest).filter((name) => !(name in canonical))).toEqual([
      "flowArn",
      "flowStatus",
      "lastUpdatedAt",
      "createdBy",
      "lastUpdatedBy",
      "schemaVersion",
    ]);
    expect([typeof kmsArn, typeof createdAt]).toEqual(["string", "number"]);
    expect(rest["tasks"]).toEqual((canonical as unknown as Record<string, unknown>)["tasks"]);
  });

  it.each(refused)("refuses $id: $title", async ({ body, refused }) => {
    const app = await appWithProfilesOf(body);

    const answer = await post(app, "/create-flow", body);

    expect(answer).toMatchObject({ status: 400, error: "ValidationException" });
    expect(answer.body["message"]).toContain(refused);
  });

  it.each(accepted.filter(needsMore))(
    "says of $id ($title) which connector is not there, and nothing else",
    async ({ body }) => {
      const app = createTestApp({ connectors: [s3], config: ANYONE });
      const missing = typesOf(body).filter((type) => type !== s3.type);

      const answer = await post(app, "/create-flow", body);

      expect(answer).toMatchObject({ status: 400, error: "ValidationException" });
      expect(String(answer.body["message"]).match(/has no connector "\w+"/g)).toEqual(
        missing.map((type) => `has no connector "${type}"`),
      );
      expect(String(answer.body["message"]).match(/Config\w*(\[\d\])?\.connectorType: /g)).toHaveLength(missing.length);
    },
  );
});
