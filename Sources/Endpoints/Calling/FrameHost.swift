import Base
import Foundation
import Hummingbird
import Logging
import Synchronization

/// An HTTP server for services to fetch pictures from and to post callbacks to. Paths cannot be guessed and exist only
/// while they are needed.
public final class FrameHost: PictureHost, CallbackReceiver {
    private let pictures = Mutex<[String: [UInt8]]>([:])
    private let callbacks = Mutex<[String: AsyncStream<Data>.Continuation]>([:])
    /// In bytes.
    private static let largestCallback = 64 << 20
    private let base = Mutex("")

    /// A host that does not listen yet.
    public init() {}

    /// Begins to serve. Returns once it listens.
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port to listen on; 0 for any free one.
    ///   - publicURL: The scheme, host and prefix by which others reach it; `nil` if that is where it listens.
    /// - Returns: A task that serves until it is cancelled.
    /// - Throws: The server's error if it cannot listen.
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

    /// Makes a picture available until `withdraw` is called. The address contains 256 random bits.
    /// - Returns: The picture's address.
    public func offer(_ jpeg: [UInt8]) -> String {
        let name = Self.unguessable() + ".jpg"
        pictures.withLock { $0[name] = jpeg }
        return base.withLock { $0 } + "/frames/" + name
    }

    private static func unguessable() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in (generator.next() as UInt64).hexadecimal }.joined()
    }

    /// Accepts callbacks until `close` is called. At most the newest 16 bodies wait to be read.
    /// - Returns: The address for callbacks, and the bodies posted to it.
    public func open() -> (address: String, bodies: AsyncStream<Data>) {
        let name = Self.unguessable()
        let (bodies, continuation) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(16))
        callbacks.withLock { $0[name] = continuation }
        return (base.withLock { $0 } + "/callbacks/" + name, bodies)
    }

    /// Stops accepting callbacks at an address that `open` returned.
    public func close(_ address: String) {
        callbacks.withLock { $0.removeValue(forKey: Self.name(in: address)) }?.finish()
    }

    /// Withdraws a picture that `offer` returned the address of.
    public func withdraw(_ address: String) {
        pictures.withLock { $0[Self.name(in: address)] = nil }
    }

    private static func name(in address: String) -> String { String(address.split(separator: "/").last ?? "") }
}
