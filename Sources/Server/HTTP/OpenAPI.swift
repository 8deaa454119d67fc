import Foundation
import HTTPTypes

/// Describes all routes but the dashboard's, as OpenAPI 3.0.
enum OpenAPI {
    /// The description as JSON.
    /// - Parameter version: The server's version.
    static func document(_ routes: [Route], version: String) throws -> Data {
        var paths: [String: Any] = [:]
        for route in routes where route.dialect.name != .dashboard {
            var operations: [String: Any] = [:]
            for method in route.methods { operations[method.rawValue.lowercased()] = operation(route, method) }
            paths[route.path] = operations
        }
        paths["/healthz"] = ["get": plain("Whether the server is up.", "application/json")]
        paths["/metrics"] = ["get": plain("What the server did, for Prometheus.", "text/plain")]
        paths["/openapi.json"] = ["get": plain("This description.", "application/json")]
        let document: [String: Any] = [
            "openapi": "3.0.3",
            "info": [
                "title": "Framesift", "version": version,
                "description": "The APIs of PicPurify, Sightengine, WebPurify, ModerateContent and nsfw-categorize.",
            ],
            "paths": paths,
        ]
        return try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes])
    }

    private static func plain(_ summary: String, _ type: String) -> [String: Any] {
        ["summary": summary, "responses": ["200": ["description": "Always.", "content": [type: [String: Any]()]]]]
    }

    private static func operation(_ route: Route, _ method: HTTPRequest.Method) -> [String: Any] {
        let hasBody = method == .post
        var operation: [String: Any] = [
            "summary": route.summary, "tags": [route.dialect.name.rawValue],
            "responses": [
                "200": ["description": "The answer, or an error in the service's own words."],
                "default": ["description": "An error in the service's own words."],
            ],
        ]
        let outside = route.parameters.filter { parameter in
            parameter.kind == .pathPart || parameter.kind == .header || (!hasBody && parameter.kind != .file)
        }
        operation["parameters"] = outside.map { parameter -> [String: Any] in
            let place = parameter.kind == .pathPart ? "path" : parameter.kind == .header ? "header" : "query"
            return [
                "name": parameter.name, "in": place, "required": parameter.isRequired,
                "description": parameter.summary, "schema": schema(parameter.kind),
            ]
        }
        if hasBody { operation["requestBody"] = body(route) }
        return operation
    }

    private static func body(_ route: Route) -> [String: Any] {
        let fields = route.parameters.filter { $0.kind != .pathPart && $0.kind != .header }
        func object(_ fields: [RouteParameter]) -> [String: Any] {
            var object: [String: Any] = [
                "type": "object",
                "properties": Dictionary(uniqueKeysWithValues: fields.map { ($0.name, schema($0.kind)) }),
            ]
            let required = fields.filter(\.isRequired).map(\.name)
            if !required.isEmpty { object["required"] = required }
            return ["schema": object]
        }
        return [
            "required": true,
            "content": [
                "multipart/form-data": object(fields),
                "application/x-www-form-urlencoded": object(fields.filter { $0.kind != .file }),
            ],
        ]
    }

    private static func schema(_ kind: RouteParameter.Kind) -> [String: Any] {
        switch kind {
        case .text, .header, .pathPart: ["type": "string"]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .url: ["type": "string", "format": "uri"]
        case .file: ["type": "string", "format": "binary"]
        }
    }
}
