import type { ConnectorAbilities } from "../connection/connector-abilities.ts";
import { describeConfiguration } from "../connection/custom-connector.ts";
import { registrationFailure } from "./connector-failure.ts";
import type { ApiContext } from "./context.ts";

/** What the function of a connector says that it can do. Fails with the service's exception. */
export async function askAbilities(
  label: string,
  lambdaArn: string,
  { functions, wait }: Pick<ApiContext, "functions" | "wait">,
): Promise<ConnectorAbilities> {
  try {
    return await describeConfiguration({ functions, lambdaArn, wait }, label);
  } catch (error) {
    throw registrationFailure(error);
  }
}
