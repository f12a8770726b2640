// Read by serverless.yml: each operation of the API is a route, so that IAM can tell them apart. Plain JavaScript, because
// osls imports it.
import { CONNECTION_OPERATIONS, FLOW_OPERATIONS } from "../src/api/operation-table.ts";

/** Of the function that opens no connections. */
export const apiRoutes = (context) => routesOf(FLOW_OPERATIONS, context);

/** Of the function that opens them. */
export const connectionRoutes = (context) => routesOf(CONNECTION_OPERATIONS, context);

async function routesOf(operations, { resolveVariable }) {
  const auth = await resolveVariable("param:auth");
  if (auth !== "keys" && auth !== "iam") throw new Error(`--param="auth=${auth}": expected keys or iam`);
  return operations.map(({ method, path }) => ({
    httpApi: {
      method,
      // Proxies decode the slashes of an ARN.
      path: path.replace(/\{(\w+)\}$/, "{$1+}"),
      ...(auth === "iam" && { authorizer: { type: "aws_iam" } }),
    },
  }));
}
