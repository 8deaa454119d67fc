/// Random ids of requests, media and secrets.
enum Identifiers {
    private static func make(_ alphabet: String, _ count: Int) -> String {
        let letters = Array(alphabet)
        return String((0..<count).map { _ in letters[Int.random(in: letters.indices)] })
    }

    /// 32 hexadecimal digits.
    static func hexadecimal() -> String { make("0123456789abcdef", 32) }

    /// `prefix`, an underscore, and 21 letters and digits.
    static func word(_ prefix: String) -> String {
        prefix + "_" + make("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 21)
    }
}
