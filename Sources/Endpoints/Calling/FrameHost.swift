import Base
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// What services fetch from here and post to here: pictures on offer, and callbacks, for as long as somebody needs them and
/// under paths that cannot be guessed.
public final class FrameHost: PictureHost, CallbackReceiver {
    private let pictures = Mutex<[String: [UInt8]]>([:])
    private let callbacks = Mutex<[String: AsyncStream<Data>.Continuation]>([:])
    /// Bytes of a callback.
    private static let largestCallback = 64 << 20
    private let base = Mutex("")

    public init() {}

    /// Serves until the task is cancelled. Returns once pictures can be fetched.
    /// - Parameters:
    ///   - host, port: Where to listen; port 0 takes any that is free.
    ///   - publicURL: Scheme, host and prefix under which others reach it; `nil`: where it listens.
    public func start(host: String, port: Int, publicURL: String?) async throws -> Task<Void, any Error> {
        let router = Router()
        router.get("/frames/{name}") { [self] _, context in
            guard let name = context.parameters.get("name"), let jpeg = pictures.withLock({ $0[name] }) else {
                return Response(status: .notFound)
            }
            return Response(
                status: .ok, headers: [.contentType: "image/jpeg", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: jpeg)))
        }
        router.post("/callbacks/{name}") { [self] request, context in
            guard let name = context.parameters.get("name"), let receiver = callbacks.withLock({ $0[name] }) else {
                return Response(status: .notFound)
            }
            let body = try await request.body.collect(upTo: Self.largestCallback)
            receiver.yield(Data(body.readableBytesView))
            return Response(status: .ok)
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "framesift frames")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        let running = Task {
            defer { continuation.finish() }
            try await application.run()
        }
        var iterator = ports.makeAsyncIterator()
        guard let bound = await iterator.next() else {
            try await running.value
            return running
        }
        let address = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? "http://\(host):\(bound)"
        base.withLock { $0 = address }
        return running
    }

    /// The address of a picture, until it is withdrawn. 256 bits of chance: nobody finds it.
    public func offer(_ jpeg: [UInt8]) -> String {
        let name = Self.unguessable() + ".jpg"
        pictures.withLock { $0[name] = jpeg }
        return base.withLock { $0 } + "/frames/" + name
    }

    private static func unguessable() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in (generator.next() as UInt64).hexadecimal }.joined()
    }

    /// An address for callbacks, until it is closed, and the bodies that are posted to it; the newest 16 wait at most.
    public func open() -> (address: String, bodies: AsyncStream<Data>) {
        let name = Self.unguessable()
        let (bodies, continuation) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(16))
        callbacks.withLock { $0[name] = continuation }
        return (base.withLock { $0 } + "/callbacks/" + name, bodies)
    }

    /// Ends what `open` began.
    public func close(_ address: String) {
        guard let name = address.split(separator: "/").last.map(String.init) else { return }
        callbacks.withLock { $0.removeValue(forKey: name) }?.finish()
    }

    /// Ends what `offer` began.
    public func withdraw(_ address: String) {
        guard let name = address.split(separator: "/").last.map(String.init) else { return }
        pictures.withLock { $0[name] = nil }
    }
}
