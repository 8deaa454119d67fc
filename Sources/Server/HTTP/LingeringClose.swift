import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Limits what is read of a request that was answered before it was complete.
///
/// What arrives after the answer is dropped, so that clients that only read once they have sent everything get the
/// answer. If they send too much or too slowly, the connection is closed. It is always closed after such an answer.
final class LingeringClose: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The most bytes dropped; enough for the largest picture of any API.
    static let maxBytes = 32 << 20
    /// The longest wait after the answer.
    private static let maxWait = TimeAmount.seconds(5)

    /// Whether a request's head has arrived and its end has not.
    private var isReceiving = false
    /// Whether the answer began before the request ended.
    private var isClosing = false
    /// Whether the answer was sent completely.
    private var isAnswered = false
    /// Whether nothing more is read.
    private var isDone = false
    /// Bytes.
    private var dropped = 0
    private var timer: Scheduled<Void>?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard !isClosing else { return drop(part, context) }
        switch part {
        case .head: isReceiving = true
        case .body: break
        case .end: isReceiving = false
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // The handler that read the body may have stopped.
        if isClosing { read(context: context) }
    }

    func read(context: ChannelHandlerContext) {
        if !isDone { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where isReceiving && head.status.kind != .informational:
            isClosing = true
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where isClosing:
            let sent = promise ?? context.eventLoop.makePromise()
            sent.futureResult.assumeIsolated().whenComplete { _ in self.answered(context) }
            context.write(data, promise: sent)
        default:
            context.write(data, promise: promise)
        }
    }

    /// A body that ends early after the answer is expected.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isClosing { context.close(promise: nil) } else { context.fireErrorCaught(error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private func drop(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        if case .body(let buffer) = part { dropped += buffer.readableBytes }
        if case .end = part { isDone = true }
        if dropped > Self.maxBytes { isDone = true }
        if isDone && isAnswered { context.close(promise: nil) }
    }

    private func answered(_ context: ChannelHandlerContext) {
        isAnswered = true
        if isDone { return context.close(promise: nil) }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.maxWait) { context.close(promise: nil) }
        read(context: context)
    }
}
