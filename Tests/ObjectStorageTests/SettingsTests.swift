import Foundation
import HTTPTransport
import ObjectStorage
import TestSupport
import Testing

@Suite struct SettingsTests {
    private static let credentials = ["AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "a-secret/of+mine"]

    private func url(_ address: String, _ more: [String: String]) throws -> String {
        try storage(Self.credentials.merging(more) { $1 }).signedURL(of: ObjectAddress(address)).url
    }

    private func problem(_ environment: [String: String]) -> ObjectStorageError.Kind? {
        do {
            _ = try ObjectStorageSettings(environment: environment)
            return nil
        } catch {
            return (error as? ObjectStorageError)?.kind
        }
    }

    @Test(arguments: [
        (["AWS_REGION": "eu-central-1"], "https://clips.s3.eu-central-1.amazonaws.com/a%20b"),
        (["AWS_DEFAULT_REGION": "cn-north-1"], "https://clips.s3.cn-north-1.amazonaws.com.cn/a%20b"),
        (
            ["AWS_REGION": "eu-central-1", "FRAMESIFT_S3_STYLE": "path"],
            "https://s3.eu-central-1.amazonaws.com/clips/a%20b"
        ),
        (["AWS_ENDPOINT_URL": "http://localhost:9000/"], "http://localhost:9000/clips/a%20b"),
        (["AWS_ENDPOINT_URL": "http://[::1]:9000"], "http://[::1]:9000/clips/a%20b"),
        (["AWS_ENDPOINT_URL": "HTTPS://Storage.example"], "https://Storage.example/clips/a%20b"),
        (["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"], "http://b/clips/a%20b"),
        (["AWS_ENDPOINT_URL": "https://b.example", "FRAMESIFT_S3_STYLE": "virtual"], "https://clips.b.example/a%20b"),
    ])
    func `the environment says where an object is`(_ environment: [String: String], _ expected: String) throws {
        #expect(try url("s3://clips/a b", environment) == expected)
    }

    @Test func `a bucket with dots is no host where a certificate would have to name it`() throws {
        #expect(try url("s3://a.b.c/k", ["AWS_REGION": "us-east-1"]) == "https://s3.us-east-1.amazonaws.com/a.b.c/k")
    }

    @Test(arguments: [
        ["AWS_ACCESS_KEY_ID": "key"], ["AWS_SECRET_ACCESS_KEY": "secret"], [:],
        ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "secret"],
    ])
    func `credentials that are missing are asked for by the names of their variables`(_ environment: [String: String])
        throws
    {
        #expect(problem(environment) == .noCredentials)
        let text = "\(ObjectStorageError(.noCredentials, "s3"))"
        #expect(text.contains("AWS_ACCESS_KEY_ID") && text.contains("AWS_SECRET_ACCESS_KEY"))
    }

    @Test(arguments: [
        [:], ["AWS_REGION": "a:b"], ["AWS_REGION": String(repeating: "r", count: 65)],
        ["AWS_ENDPOINT_URL": "localhost:9000"],
        ["AWS_ENDPOINT_URL": "http://user:password@host"], ["AWS_ENDPOINT_URL": "http://host/path"],
        ["AWS_ENDPOINT_URL": "http://host?query"], ["AWS_ENDPOINT_URL": "http://host", "FRAMESIFT_S3_STYLE": "dns"],
        ["AWS_ENDPOINT_URL": "http://host", "AWS_SESSION_TOKEN": "a\r\nX-Header: b"],
        ["AWS_ENDPOINT_URL": "http://host", "AWS_SECRET_ACCESS_KEY": "a b"],
    ])
    func `what makes no sense is refused, without what was secret`(_ more: [String: String]) throws {
        let found = problem(Self.credentials.merging(more) { $1 })
        guard case .configuration(let text) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(!text.contains("secret/") && !text.contains("password") && !text.contains("X-Header"))
        #expect(problem(Self.credentials.merging(["AWS_REGION": "eu-central-1"]) { $1 }) == nil)
    }

    @Test func `nothing that prints a storage prints its credentials`() throws {
        let settings = try ObjectStorageSettings(
            environment: Self.credentials.merging(["AWS_REGION": "us-east-1", "AWS_SESSION_TOKEN": "the-token"]) { $1 })
        let storage = try ObjectStorage(settings, userAgent: "test")
        let signed = try storage.signedURL(of: ObjectAddress("s3://clips/k"))
        for value in [settings, storage, signed, signed.signing] as [Any] {
            var dumped = "\(value) \(String(reflecting: value))"
            dump(value, to: &dumped)
            #expect(!dumped.contains("a-secret/of+mine") && !dumped.contains("the-token"))
        }
    }
}
