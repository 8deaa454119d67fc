/// Makes the ids of requests and media.
struct Identifiers: Sendable {
    /// Returns a whole number below its argument.
    let random: @Sendable (Int) -> Int

    static let system = Identifiers { Int.random(in: 0..<$0) }

    private func make(_ alphabet: String, _ count: Int) -> String {
        let letters = Array(alphabet)
        return String((0..<count).map { _ in letters[random(letters.count)] })
    }

    /// 32 hexadecimal digits.
    func hexadecimal() -> String { make("0123456789abcdef", 32) }

    /// 21 letters and digits.
    func word() -> String { make("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 21) }
}
