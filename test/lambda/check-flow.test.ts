import { describe, expect, it } from "vitest";
import { handler } from "../../src/lambda/check-flow.ts";
import { httpEvent } from "./http-events.ts";

const FLOW = {
  flowName: "orders",
  triggerConfig: { triggerType: "OnDemand" },
  sourceFlowConfig: {
    connectorType: "S3",
    sourceConnectorProperties: { S3: { bucketName: "in-data", bucketPrefix: "orders" } },
  },
  destinationFlowConfigList: [{ connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake" } } }],
  tasks: [{ taskType: "Map_all", connectorOperator: { S3: "NO_OP" }, sourceFields: [], taskProperties: {} }],
};

describe("checkFlow function", () => {
  it("finds nothing wrong with a flow that could be created", async () => {
    const result = await handler(httpEvent({ body: JSON.stringify(FLOW) }));

    expect(result).toMatchObject({ statusCode: 200, body: `{"problems":[]}` });
  });

  it("names every problem at once, each with its place", async () => {
    const broken = { ...FLOW, flowName: "or ders", tasks: [{ ...FLOW.tasks[0], taskType: "Mapp_all" }] };

    const { statusCode, body } = await handler(httpEvent({ body: JSON.stringify(broken) }));

    expect(statusCode).toBe(200);
    const { problems } = JSON.parse(body ?? "") as { problems: { path: string; message: string }[] };
    expect(problems.map(({ path }) => path)).toEqual(expect.arrayContaining(["flowName", "tasks[0].taskType"]));
  });

  it.each([
    ["{", 400],
    [`{"flowName":"${"x".repeat(1024 * 1024)}"}`, 413],
  ])("refuses a body that is no request", async (body, status) => {
    expect(await handler(httpEvent({ body }))).toMatchObject({ statusCode: status });
  });
});
