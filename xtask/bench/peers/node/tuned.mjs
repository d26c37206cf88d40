// What a careful user of the same library would write: secret, client and function are kept.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ModalClient } from "modal";

const env = process.env;
const parameters = JSON.parse(env.PARAMETERS);

const find = async () => {
  const secrets = new SecretsManagerClient({});
  const secret = await secrets.send(new GetSecretValueCommand({ SecretId: env.MODAL_SECRET_ARN }));
  const token = JSON.parse(secret.SecretString);
  const modal = new ModalClient({
    tokenId: token.MODAL_TOKEN_ID,
    tokenSecret: token.MODAL_TOKEN_SECRET,
  });
  return modal.functions.fromName(env.MODAL_APP_NAME, env.MODAL_FUNCTION_NAME, {
    environment: env.MODAL_ENVIRONMENT_NAME,
  });
};

let found;

export const handler = async (event) => {
  found ??= find();
  const render = await found;
  if (env.MODAL_INTEGRATION_PATTERN === "spawn") {
    const call = await render.spawn([event, parameters]);
    return { status: "Success", response: { function_call_id: call.functionCallId } };
  }
  return { status: "Success", response: { result: await render.remote([event, parameters]) } };
};
