// Read by serverless.yml: each operation of the API is a route, so that IAM can tell them apart. Plain JavaScript, because
// osls imports it.
import { OPERATIONS } from "../src/api/operation-table.ts";

export const apiRoutes = async ({ resolveVariable }) => {
  const auth = await resolveVariable("param:auth");
  if (auth !== "keys" && auth !== "iam") throw new Error(`--param="auth=${auth}": expected keys or iam`);
  return OPERATIONS.map(({ method, path }) => ({
    httpApi: {
      method,
      // Proxies decode the slashes of an ARN.
      path: path.replace(/\{(\w+)\}$/, "{$1+}"),
      ...(auth === "iam" && { authorizer: { type: "aws_iam" } }),
    },
  }));
};
