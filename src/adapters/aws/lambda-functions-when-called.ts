import type { ConnectorFunctions } from "../../connection/connector-function.ts";
import type { LambdaFunctionsOptions } from "./lambda-functions.ts";

/** As `createLambdaFunctions`. Loading the SDK takes longer than all else, and few call a registered connector. */
export function lambdaFunctionsWhenCalled(options: LambdaFunctionsOptions): ConnectorFunctions {
  let loaded: Promise<ConnectorFunctions> | undefined;
  const load = async () => {
    const { createLambdaFunctions } = await import("./lambda-functions.ts");
    return createLambdaFunctions(options);
  };
  return {
    async invoke(lambdaArn, request, signal) {
      const functions = await (loaded ??= load());
      return functions.invoke(lambdaArn, request, signal);
    },
  };
}
