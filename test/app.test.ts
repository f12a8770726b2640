import { describe, expect, it } from "vitest";
import { checkFlow } from "../src/app.ts";
import type { Json } from "../src/sdk/json.ts";
import { bucketConnector } from "./support/bucket-connector.ts";
import { createTestApp, flowBody } from "./support/test-app.ts";

describe("checkFlow", () => {
  it("gives the flow that a request describes, and the request in canonical spelling", () => {
    const body = flowBody("orders", { clientToken: "t", tags: { a: "b" }, useDefaultEncryption: true });

    const checked = checkFlow(body as Json, { connectors: [bucketConnector], strict: false });

    expect(checked).toEqual({
      definition: {
        name: "orders",
        trigger: { type: "on-demand" },
        source: { connector: "S3", settings: { bucketName: "src-bkt", bucketPrefix: "in" } },
        destinations: [{ connector: "S3", settings: { bucketName: "dst-bkt" } }],
        tasks: [{ type: "map-all", index: 0, exclude: [] }],
      },
      request: flowBody("orders"),
    });
  });

  it("gives every problem, of the shape and beyond", () => {
    const body = flowBody("x", { tasks: [{ taskType: "Truncate", sourceFields: [] }, { taskType: "Maps" }] });

    expect(createTestApp().readFlow(body as Json)).toEqual({
      problems: [
        {
          path: "flowName",
          message: String.raw`'x': Member must satisfy regular expression pattern: [a-zA-Z0-9][\w!@#.-]+`,
        },
        { path: "tasks[1].sourceFields", message: "it is missing" },
        {
          path: "tasks[1].taskType",
          message: expect.stringContaining("'Maps': Member must satisfy enum value set: [Arithmetic"),
          remedy: 'did you mean "Map"?',
        },
        { path: "tasks[0].sourceFields", message: "Truncate takes one field or more, not 0" },
        {
          path: "tasks[0].taskProperties.TRUNCATE_LENGTH",
          message: "Truncate needs TRUNCATE_LENGTH",
          remedy: "say how many characters to keep",
        },
      ],
    });
  });

  it("gives problems for members of other types, too", () => {
    expect(
      checkFlow(flowBody("orders", { flowName: 7, tasks: "all", description: "semi;colon" }) as Json, {
        connectors: [],
        strict: false,
      }),
    ).toEqual({
      problems: [
        { path: "flowName", message: "expected a string, not the number 7" },
        {
          path: "description",
          message: String.raw`'semi;colon': Member must satisfy regular expression pattern: [\w!@#\-.?,\s]*`,
        },
        { path: "tasks", message: 'expected an array, not the string "all"' },
      ],
    });
  });
});
