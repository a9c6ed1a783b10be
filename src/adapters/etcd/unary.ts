import { messageOf } from '../../model/message-of.ts'
import type { Connection } from './connection.ts'
import { GrpcError, status } from './grpc-error.ts'
import type { Limits } from './limits.ts'
import { type RpcName, rpcMethod } from './proto.ts'

/** Makes one unary call with its messages written and read as `proto.ts` has them. */
export async function call<Reply>(connection: Connection, name: RpcName, request: object, limits: Limits): Promise<Reply> {
  const { path, requestSerialize, responseDeserialize } = rpcMethod(name)
  const message = await connection.call(path, requestSerialize(request), limits)
  try {
    return responseDeserialize(message) as Reply // The method's proto says so; see proto.ts.
  } catch (error) {
    throw new GrpcError(status.INTERNAL, `the reply does not parse: ${messageOf(error)}`, { cause: error })
  }
}
