import Base
import Foundation
import Moderation

/// What an action is told: the JSON that a program reads, and the fields that a template can have. Positions are in ms.
public struct ActionEvent: Encodable, Sendable {
    struct Segment: Encodable {
        struct Peak: Encodable {
            let position: Int
            let probability: Double
        }
        var id: Int?
        let category: String
        let start: Int
        var end: Int?
        let peak: Peak
        var nbImages: Int?
    }

    /// The action's id, the same for each attempt.
    public let id: String
    let trigger: ActionTrigger.Kind
    let reason, time, media, stream: String
    let decision: Decision?
    let segment: Segment?
    let segments: [Segment]?
    let publisher: StreamPublisher?

    /// The most segments of a finished video that are told.
    private static let maxSegments = 100

    /// - Parameters:
    ///   - trigger: Why the action is due.
    ///   - media: The id of the medium.
    ///   - stream: The medium's name, without credentials.
    ///   - time: Unix seconds.
    ///   - segments: Those of a finished video; the first 100 are told.
    ///   - publisher: Who sends the stream, if a media server told.
    ///   - id: Default: a new one.
    public init(
        _ trigger: ActionTrigger, media: String, stream: String, time: Double, segments: [Moderation.Segment]? = nil,
        publisher: StreamPublisher? = nil, id: String = Self.makeID()
    ) {
        (self.id, self.trigger, reason) = (id, trigger.kind, trigger.reason)
        (self.media, self.stream, self.time) = (media, stream, UnixTime.rfc3339(time))
        decision = trigger.decision
        segment = trigger.segment.map { Segment($0) }
        self.segments = segments?.prefix(Self.maxSegments).map { Segment($0) }
        self.publisher = publisher
    }

    /// A new action's id.
    public static func makeID() -> String { "act_" + UUID().uuidString.lowercased().filter { $0 != "-" } }

    /// The JSON, on one line.
    /// - Throws: `EncodingError`.
    public func json() throws -> Data {
        // Encoders are classes, and actions are rare.
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

extension ActionEvent.Segment {
    fileprivate init(_ segment: LiveSegment) {
        self.init(
            id: segment.id, category: segment.category.rawValue, start: segment.start, end: segment.end,
            peak: Peak(position: segment.peakPosition, probability: segment.peakProbability), nbImages: segment.count)
    }

    fileprivate init(_ segment: Segment) {
        self.init(
            category: segment.category.rawValue, start: segment.start, end: segment.end,
            peak: Peak(position: segment.peak.position, probability: segment.peak.probability))
    }
}

// MARK: Fields of templates

extension ActionEvent {
    /// Event JSON as a template sees it: objects, lists, and everything else as text.
    typealias Values = [String: any Sendable]

    /// - Returns: `nil` if it is not an event.
    static func values(of json: Data) -> Values? {
        (try? JSONSerialization.jsonObject(with: json)).flatMap { value($0) as? Values }
    }

    private static func value(_ json: Any) -> any Sendable {
        if let object = json as? [String: Any] { return object.mapValues(value) }
        if let list = json as? [Any] { return list.map(value) }
        return "\(json)"
    }

    /// An event that has every field, to try templates with and to know the names of fields by.
    static let example: Values = {
        let peak = Segment.Peak(position: 3000, probability: 0.5)
        let segment = Segment(id: 1, category: "text", start: 3000, end: 4000, peak: peak, nbImages: 1)
        let example = ActionEvent(
            id: "text", trigger: .ko, reason: "text", time: "text", media: "text", stream: "text", decision: .ko,
            segment: segment, segments: [segment],
            publisher: StreamPublisher(server: "text", app: "text", name: "text", id: "text", address: "text"))
        return (try? example.json()).flatMap(values) ?? [:]
    }()

    private init(
        id: String, trigger: ActionTrigger.Kind, reason: String, time: String, media: String, stream: String,
        decision: Decision?, segment: Segment?, segments: [Segment]?, publisher: StreamPublisher?
    ) {
        (self.id, self.trigger, self.reason, self.time) = (id, trigger, reason, time)
        (self.media, self.stream, self.decision) = (media, stream, decision)
        (self.segment, self.segments, self.publisher) = (segment, segments, publisher)
    }

    /// The names of all fields, with those of what they hold: `segment`, `segment.start` …
    static let fieldNames: Set<String> = names(in: example, under: "")

    private static func names(in value: any Sendable, under prefix: String) -> Set<String> {
        if let list = value as? [any Sendable] { return list.first.map { names(in: $0, under: prefix) } ?? [] }
        guard let object = value as? Values else { return [] }
        return object.reduce(into: []) { found, pair in
            found.insert(prefix + pair.key)
            found.formUnion(names(in: pair.value, under: prefix + pair.key + "."))
        }
    }
}
