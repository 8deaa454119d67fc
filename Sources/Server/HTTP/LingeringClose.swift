import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Bounds what is read of a request that was answered before it had come to its end. What comes after the answer is
/// dropped: clients that send all of it before they look for an answer find it then. Those that send much more, or
/// slowly, lose the connection, which such an answer always costs.
final class LingeringClose: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Dropped at most; enough for the largest picture an API takes. Bytes.
    static let mostBytes = 32 << 20
    /// Waited at most, from the answer on.
    private static let longest = TimeAmount.seconds(5)

    /// Between a request's head and its end.
    private var isReceiving = false
    /// The answer came first.
    private var isLeaving = false
    private var isAnswered = false
    /// Nothing more is read.
    private var isDone = false
    private var dropped = 0
    private var timer: Scheduled<Void>?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard !isLeaving else { return drop(part, context) }
        switch part {
        case .head: isReceiving = true
        case .body: break
        case .end: isReceiving = false
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Whoever read the body before may do so no more.
        if isLeaving { read(context: context) }
    }

    func read(context: ChannelHandlerContext) {
        if !isDone { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where isReceiving && head.status.kind != .informational:
            isLeaving = true
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where isLeaving:
            let sent = promise ?? context.eventLoop.makePromise()
            sent.futureResult.assumeIsolated().whenComplete { _ in self.answered(context) }
            context.write(data, promise: sent)
        default:
            context.write(data, promise: promise)
        }
    }

    /// A body that breaks off after the answer is no news.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isLeaving { context.close(promise: nil) } else { context.fireErrorCaught(error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private func drop(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        if case .body(let buffer) = part { dropped += buffer.readableBytes }
        if case .end = part { isDone = true }
        if dropped > Self.mostBytes { isDone = true }
        if isDone && isAnswered { context.close(promise: nil) }
    }

    private func answered(_ context: ChannelHandlerContext) {
        isAnswered = true
        if isDone { return context.close(promise: nil) }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.longest) { context.close(promise: nil) }
        read(context: context)
    }
}
