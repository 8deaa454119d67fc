import Foundation
import TestSupport
import Testing

/// `Samples/deploy/grafana.json` beside what a server tells of itself.
@Suite struct GrafanaTests {
    private struct Board: Decodable {
        struct Panel: Decodable {
            struct Place: Decodable { let x, y, w, h: Int }
            struct Source: Decodable { let type, uid: String }
            struct Target: Decodable {
                let expr, refId: String
                let datasource: Source
            }
            let id: Int
            let title, description: String
            let gridPos: Place
            let datasource: Source
            let targets: [Target]
        }
        struct Templating: Decodable { let list: [Variable] }
        struct Variable: Decodable { let name, type, query: String }
        let panels: [Panel]
        let templating: Templating
    }

    private static func board() throws -> Board {
        try JSONDecoder().decode(
            Board.self, from: Data(contentsOf: URL(filePath: Fixtures.sample("deploy/grafana.json"))))
    }

    /// The metrics that are asked for and not there.
    private static func missing(_ expressions: [String], in metrics: String) -> Set<Substring> {
        let samples = metrics.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let there = Set(samples.map { $0.prefix { $0 != "{" && $0 != " " } })
        return Set(expressions.flatMap { $0.matches(of: /framesift_[a-z_0-9]+/).map(\.output) }).subtracting(there)
    }

    @Test func `each panel asks for what a server tells`() async throws {
        let expressions = try Self.board().panels.flatMap { $0.targets.map(\.expr) }
        #expect(expressions.allSatisfy { $0.contains("framesift_") } && expressions.count > 10)
        try await TestServer.with { server in
            // Counters of requests have a line once there was one.
            _ = try await server.curl("/analyse/1.1", "-F", "API_KEY=k", "-F", "task=porn_moderation")
            let metrics = try await server.curl("/metrics").text
            #expect(Self.missing(expressions, in: metrics) == [])
            #expect(Self.missing(["rate(framesift_unheard_of[5m])"], in: metrics) == ["framesift_unheard_of"])
        }
    }

    @Test func `panels have their own places and ids, and one source that is chosen`() throws {
        let board = try Self.board()
        #expect(board.templating.list.map(\.name) == ["datasource"])
        #expect(Set(board.panels.map(\.id)).count == board.panels.count)
        let cells = board.panels.flatMap { panel in
            (panel.gridPos.x..<panel.gridPos.x + panel.gridPos.w).flatMap { x in
                (panel.gridPos.y..<panel.gridPos.y + panel.gridPos.h).map { [x, $0] }
            }
        }
        #expect(Set(cells).count == cells.count && cells.allSatisfy { $0[0] < 24 })
        for panel in board.panels {
            #expect(([panel.datasource] + panel.targets.map(\.datasource)).allSatisfy { $0.uid == "${datasource}" })
            #expect(!panel.title.isEmpty && !panel.description.isEmpty)
        }
    }
}
