import COpenVINO
import Synchronization

/// The loaded OpenVINO library.
///
/// `@unchecked Sendable`: the C runtime is immutable after loading, and OpenVINO's core is thread-safe.
final class OpenVINO: @unchecked Sendable {
    fileprivate let handle: OpaquePointer

    /// - Throws: `OnDeviceError.notInstalled`, which names the command to run.
    init(library: String?) throws(OnDeviceError) {
        guard let library else {
            throw OnDeviceError(.notInstalled, "The OpenVINO runtime is not installed; run scripts/setup.")
        }
        var loaded: OpaquePointer?
        var message = MessageBuffer()
        _ = cov_runtime_load(library, &loaded, &message.bytes, message.bytes.count)
        guard let loaded else {
            throw OnDeviceError(.notInstalled, "OpenVINO cannot be used (\(message)); run scripts/setup.")
        }
        handle = loaded
    }

    deinit { cov_runtime_free(handle) }
}

private struct MessageBuffer: CustomStringConvertible {
    var bytes = [CChar](repeating: 0, count: 512)
    var description: String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A compiled model and the requests that run it, one for each of its streams.
///
/// `@unchecked Sendable`: the compiled model is thread-safe. A request is used only by the thread that took it from
/// `idle`, which is locked.
final class CompiledModel: @unchecked Sendable {
    private let runtime: OpenVINO
    private let model: OpaquePointer
    private let idle = Mutex<[Request]>([])
    private let name: String

    private struct Request: @unchecked Sendable {
        let handle: OpaquePointer
    }

    init(
        _ runtime: OpenVINO, path: String, streams: Int, precision: Manifest.Precision, inputShape: [Int]?
    ) throws(OnDeviceError) {
        self.runtime = runtime
        name = path
        var loaded: OpaquePointer?
        var message = MessageBuffer()
        let shape = inputShape?.map(Int64.init)
        _ = cov_model_load(
            runtime.handle, path, Int32(streams), precision.rawValue, shape, Int64(shape?.count ?? 0), &loaded,
            &message.bytes,
            message.bytes.count)
        guard let loaded else { throw OnDeviceError(.inference, "\(path) cannot be loaded: \(message).") }
        model = loaded
    }

    deinit {
        idle.withLock { $0.forEach { cov_request_free($0.handle) } }
        cov_model_free(model)
    }

    /// Fills the input, runs the model and copies its outputs. Blocks; do not call it on the cooperative pool.
    /// - Parameter shape: The input's shape. Needed for each run if the model leaves it open.
    /// - Throws: `OnDeviceError.inference`, or what `fill` throws.
    func run(
        outputs: Int, shape: [Int]? = nil, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws -> [[Float]] {
        let request = try takeRequest()
        defer { idle.withLock { $0.append(request) } }
        if let shape = shape?.map(Int64.init) {
            try check(cov_request_set_input_shape(request.handle, shape, Int64(shape.count)))
        }
        var data: UnsafeMutablePointer<Float>?
        var count = 0
        try check(cov_request_input(request.handle, &data, &count))
        try fill(UnsafeMutableBufferPointer(start: data, count: count))
        try check(cov_request_infer(request.handle))
        return try (0..<outputs).map { index in
            var data: UnsafePointer<Float>?
            var count = 0
            try check(cov_request_output(request.handle, index, &data, &count))
            let numbers = Array(UnsafeBufferPointer(start: data, count: count))
            // NaN compares as below every threshold and would count as harmless.
            guard numbers.allSatisfy(\.isFinite) else {
                throw OnDeviceError(.inference, "\(name): it produced a value that is not a finite number.")
            }
            return numbers
        }
    }

    /// Runs a model with one output, after checking the size of its input.
    /// - Throws: `OnDeviceError.badManifest` if the input does not have `count` numbers; otherwise as above.
    func run(
        input count: Int, shape: [Int]? = nil, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws -> [Float] {
        try run(outputs: 1, shape: shape) { tensor in
            guard tensor.count == count else {
                throw OnDeviceError(.badManifest, "\(name): the model takes \(tensor.count) numbers, not \(count).")
            }
            try fill(tensor)
        }[0]
    }

    private func takeRequest() throws(OnDeviceError) -> Request {
        if let request = idle.withLock({ $0.popLast() }) { return request }
        var created: OpaquePointer?
        try check(cov_request_create(model, &created))
        guard let created else { throw OnDeviceError(.inference, "\(name): no inference request was created.") }
        return Request(handle: created)
    }

    private func check(_ code: Int32) throws(OnDeviceError) {
        if code != 0 { throw OnDeviceError(.inference, "\(name): OpenVINO failed with code \(code).") }
    }
}
