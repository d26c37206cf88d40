// What the CDK library's handler does: everything anew for every event.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ModalClient } from "modal";

const env = process.env;
const parameters = JSON.parse(env.PARAMETERS);

export const handler = async (event) => {
  const secrets = new SecretsManagerClient({});
  const secret = await secrets.send(new GetSecretValueCommand({ SecretId: env.MODAL_SECRET_ARN }));
  const token = JSON.parse(secret.SecretString);
  const modal = new ModalClient({
    tokenId: token.MODAL_TOKEN_ID,
    tokenSecret: token.MODAL_TOKEN_SECRET,
  });
  const render = await modal.functions.fromName(env.MODAL_APP_NAME, env.MODAL_FUNCTION_NAME, {
    environment: env.MODAL_ENVIRONMENT_NAME,
  });
  if (env.MODAL_INTEGRATION_PATTERN === "spawn") {
    const call = await render.spawn([event, parameters]);
    return { status: "Success", response: { function_call_id: call.functionCallId } };
  }
  return { status: "Success", response: { result: await render.remote([event, parameters]) } };
};
