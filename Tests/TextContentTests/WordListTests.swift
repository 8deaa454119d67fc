import Testing
import TextContent

@Suite struct WordListTests {
    /// Some of LDNOOBW's English words.
    private let list = WordList(
        [
            """
            # a comment: comment
            anal
            ass
            asshole
            bitch
            blow job
            cock
            cunt
            dick
            fuck
            fucking
            penis
            rape
            sex
            shit
            tit
            """
        ], leavingOut: ["dick"])

    @Test(arguments: [
        ("holy shit that hurts", "shit"), ("SHIT!", "shit"), ("sh1t happens", "shit"), ("5h1t", "shit"),
        ("$hit", "shit"), ("shiiiit", "shit"), ("fuuuuck this", "fuck"), ("f.u.c.k you", "fuck"), ("s h i t", "shit"),
        ("f u c k i n g", "fucking"), ("FÜCK", "fuck"), ("ｆｕｃｋ", "fuck"), ("blow job", "blow job"),
        ("Blow  Job today", "blow job"), ("what a bitch-", "bitch"), ("assh0le", "asshole"),
    ])
    func `a listed word is found, however it is disguised`(text: String, expected: String) {
        #expect(list.find(in: text) == [expected])
    }

    @Test(arguments: [
        "Scunthorpe United", "Essex", "Sussex County", "cocktail bar", "Hancock", "Penistone", "class assignment",
        "bass guitar", "Arsenal", "shitake mushrooms", "Matsushita", "grape juice", "therapist", "analysis", "titles",
        "hello w o r l d", "3 5 7 9", "U.S.A.", "a.b.c.d", "as 5 is", "$50 off", "we won 5-3-1-2", "Dick Tracy",
        "a comment", "blow the job", "",
    ])
    func `a word that only looks like a listed one, or was left out, is not found`(text: String) {
        #expect(list.find(in: text) == [])
    }

    @Test func `each word is told once, as it is listed`() {
        let list = WordList(["Scheiße\nCabrón"], leavingOut: [])
        #expect(list.find(in: "SCHEIßE scheiße, cabron!") == ["Scheiße", "Cabrón"])
    }

    @Test func `Chinese and Japanese words are found between others`() {
        let list = WordList(["傻逼\nデブ\nなめ\n性"], leavingOut: [])
        #expect(list.find(in: "你是傻逼吗") == ["傻逼"])
        #expect(list.find(in: "あのデブは") == ["デブ"])
        // テフ has no voiced sounds; グラデブル and ななめ are other words; 性 is half of many.
        #expect(list.find(in: "テフ グラデブル ななめ 可能性") == [])
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["a ", "aa", "s h i ", "blow ", "傻", "$.", "@"])
    func `a line made to take long takes no time`(piece: String) {
        #expect(list.find(in: "shit " + String(repeating: piece, count: 100_000)).first == "shit")
    }
}
