import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Has clients that say `Connection: Close` understood: Hummingbird knows it in lower case only, and a client that waits
/// for the connection's end, as nginx-rtmp does, would wait in vain.
final class ConnectionOptions: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), let options = head.headerFields[.connection] else {
            return context.fireChannelRead(data)
        }
        head.headerFields[.connection] = options.lowercased()
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
