# ruff: noqa: RUF001 - letters of other scripts look like Latin ones
"""Names of people from many places, in many scripts and shapes.

A name is followed by `/` and its Latin letters where an address cannot be had by leaving accents away.
"""

from gateway.demo.regions import Region, words

_ENGLISH = Region(
    words("""
        Grace, Oliver, Amelia, Jack, Mary Ann, Thomas, Ruby, Declan, Siobhán, Harriet, Noah, Zoë, J.D., Wren,
        Alistair, Imogen, Marcus, Tallulah, Reginald, Bo
    """),
    words("""
        Smith, O'Brien, MacLeod, Featherstonehaugh, Taylor-Hughes, Washington, D'Arcy, Ng, Abernathy, Wright,
        St. John, O'Donoghue, Pemberton, Cole, Llewellyn, Fitzgerald
    """),
    mobile="+447700900",
    digits=3,
)
_AMERICAN = Region(
    words("Madison, Tyler, Shanice, Brandon, Luz, Dakota, LaToya, Wyatt, Ximena, Skyler, Jamal, Peggy Sue"),
    words("Johnson, Begay, Jefferson, Kowalski, Montoya, Van Buren, McAllister, Whitehorse, DeLuca, Park"),
    mobile="+131255501",
    digits=2,
)
_IBERIAN = Region(
    words("""
        José, María José, Begoña, Íñigo, João, Conceição, Núria, Jordi, Inês, Álvaro, Ana Lúcia, Martín,
        Guadalupe, Thiago, Belén
    """),
    words("""
        García, Muñoz, Ibáñez Ordóñez, da Silva, Gonçalves, Puigdevall, Peña, de la Cruz y Santa María, Araújo,
        Etxeberria, Núñez, dos Santos Magalhães, Ñíguez
    """),
)
_FRENCH = Region(
    words("Aurélie, Jean-Luc, Chloé, Benoît, Anaïs, François, Maëlys, Loïc, Hélène, Théo, Marie-Ève, Cédric"),
    words("Lefèvre, Dubois, d'Arvor, Bénard, Saint-Exupère, Le Goff, Château, Noël, Tremblay, L'Écuyer, Maçon"),
    mobile="+3363998",
    digits=4,
)
_GERMAN = Region(
    words("""
        Jürgen/juergen, Käthe/kaethe, Björn/bjoern, Anneliese, Wolfgang, Sören/soeren, Hannelore, Karl-Heinz,
        Lea, Mustafa, Zoé, Jörg/joerg, Frauke
    """),
    words("""
        Müller/mueller, Groß/gross, von der Heide, Schönfeld/schoenfeld, Weiß-Köhler/weiss-koehler,
        Bäcker/baecker, zu Hohenstein, Yıldız, Krüger/krueger, Nowak, Straßburger/strassburger,
        Leutheusser-Brandt
    """),
    mobile="+4917139200",
    digits=2,
)
_NORDIC = Region(
    words("Åsa, Bjørn, Søren, Þóra, Jóhanna, Väinö, Aino, Göran, Signe, Øystein, Ásgeir, Linnéa, Ragnhild"),
    words("""
        Björk-Ström, Ødegård, Sørensen, Guðmundsdóttir, Virtanen, Hämäläinen, Åkesson, Lindqvist, Bæk,
        Þorsteinsson, Nygård, Sjöberg, Mäki-Petäjä
    """),
    mobile="+4670174067",
    digits=1,
)
_CENTRAL = Region(
    words("""
        Łukasz, Małgorzata, Zdeněk, Šárka, Đorđe, Žaneta, Ágnes, Zoltán, Ľubomír, Nataša, Wojciech, Čestmír,
        Ștefan, Ieva, Jānis, Gintarė, Krešimir
    """),
    words("""
        Wójcik, Dvořák, Brzęczyszczykiewicz, Šimůnek, Đurić, Nagy, Kővári, Gałązka, Žižka, Ľupták, Popescu,
        Țurcanu, Bērziņš, Kazlauskaitė, Horvat, Szabóné Kiss
    """),
)
_CYRILLIC = Region(
    words("""
        Анна/anna, Дмитрий/dmitriy, Олена/olena, Сергей/sergey, Наталья/natalya, Тарас/taras, Юлия/yuliya,
        Борислав/borislav, Љиљана/ljiljana, Пётр/pyotr, Ксенія/kseniya, Артём/artyom
    """),
    words("""
        Иванова/ivanova, Шевченко/shevchenko, Кузнецов/kuznetsov, Петровић/petrovic,
        Римский-Корсак/rimskiy-korsak, Ющук/yushchuk, Димитров/dimitrov, Щербакова/shcherbakova,
        Гончаренко/honcharenko, Їжак/yizhak
    """),
)
_GREEK = Region(
    words("""
        Ἑλένη/eleni, Γιώργος/giorgos, Κωνσταντῖνος/konstantinos, Μαρία/maria, Ζωή/zoi, Αλέξανδρος/alexandros,
        Ῥέα/rea
    """),
    words("""
        Παπαδόπουλος/papadopoulos, Οἰκονόμου/oikonomou, Χατζής/chatzis, Νικολάου/nikolaou, Ξένου/xenou,
        Ψαρράς/psarras, Καζαντζόγλου/kazantzoglou
    """),
)
_ARABIC = Region(
    words("""
        محمد/mohammed, فاطمة/fatima, عبد الرحمن/abdulrahman, ليلى/layla, خالد/khalid, نور الدين/noureddine,
        زینب/zaynab, شیرین/shirin, داریوش/dariush, آيات/ayat
    """),
    words("""
        الحسيني/alhusseini, بن سلمان/binsalman, العربي/alarabi, خوري/khoury, المصري/almasri, حدّاد/haddad,
        رضایی/rezaei, الزهراني/alzahrani, کریمی/karimi
    """),
)
_HEBREW = Region(
    words("נועה/noa, יצחק/yitzhak, שִׁירָה/shira, אבי/avi, מרים/miriam, דוד/david"),
    words("כהן/cohen, בן־דוד/bendavid, לוי/levi, פרידמן/friedman, מזרחי/mizrahi"),
)
_CHINESE = Region(
    words("""
        芳/fang, 伟/wei, 秀英/xiuying, 志明/zhiming, 雨桐/yutong, 美玲/meiling, 子轩/zixuan, 建國/jianguo,
        婷婷/tingting, 晓明/xiaoming, 若曦/ruoxi
    """),
    words("王/wang, 李/li, 张/zhang, 歐陽/ouyang, 陳/chen, 司马/sima, 刘/liu, 黃/huang, 诸葛/zhuge, 趙/zhao"),
    family_first=True,
    joiner="",
)
_JAPANESE = Region(
    words("""
        さくら/sakura, 太郎/taro, 陽菜/hina, 健二/kenji, ゆうこ/yuko, 翔太/shota, ミドリ/midori, 一郎/ichiro,
        美咲/misaki
    """),
    words("""
        佐藤/sato, 渡邊/watanabe, 高橋/takahashi, 小野寺/onodera, 長谷川/hasegawa, 五十嵐/igarashi, 林/hayashi,
        東海林/shoji
    """),
    family_first=True,
)
_KOREAN = Region(
    words("민준/minjun, 서연/seoyeon, 지훈/jihoon, 하은/haeun, 영수/youngsu, 수빈/subin, 도윤/doyun, 은지/eunji"),
    words("김/kim, 이/lee, 박/park, 최/choi, 남궁/namgung, 황보/hwangbo, 정/jung, 선우/seonwoo"),
    family_first=True,
    joiner="",
)
_VIETNAMESE = Region(
    words("Thị Minh, Văn Đức, Thị Ánh Tuyết, Quốc Bảo, Hữu Phước, Ngọc Diệp, Thùy Dương, Thế Anh, Mỹ Linh"),
    words("Nguyễn, Trần, Lê, Phạm, Đặng, Huỳnh, Võ, Bùi, Đỗ"),
    family_first=True,
)
_INDIAN = Region(
    words("""
        Priya, आरव/aarav, अनन्या/ananya, Venkatanarasimharajuvaripeta, கவிதா/kavitha, Raj, সুমন/suman, Lakshmi,
        Gurpreet, దీపిక/deepika, Arjun, ਹਰਜੀਤ/harjeet
    """),
    words("""
        Patel, शर्मा/sharma, Chandrasekhar, மணி/mani, Singh, দাস/das, Iyer, రెడ్డి/reddy, Bhattacharya,
        Kaur Gill, Subramaniam
    """),
)
_SOUTHEAST_ASIAN = Region(
    words("สมชาย/somchai, มาลี/malee, อรุณี/arunee, Putri, Budi, Datu, Siti Aminah, ณัฐพงษ์/nattapong, Jejomar"),
    words("ศรีสุข/srisuk, Wijaya, จันทร์เพ็ญ/chanpen, binti Abdullah, Macapagal, ทองดี/thongdee, Dela Rosa"),
)
_AFRICAN = Region(
    words("""
        Chinedu, Nomvula, Kwame, Oluwaseun, አበበ/abebe, Thandiwe, ሰላም/selam, Ọláyínká, Amara, Moussa, N'Golo,
        Adwoa, Tsholofelo
    """),
    words("""
        Okonkwo, Nkrumah-Mensah, ተስፋዬ/tesfaye, Dlamini, Adébáyọ̀, van Wyk, Mbeki, Diop, Ngũgĩ, Abubakar,
        Ọbasanjọ, Rakotomalala
    """),
)
_CAUCASIAN = Region(
    words("ნინო/nino, Գարեգին/garegin, თამარ/tamar, Անահիտ/anahit, ლევან/levan, Aybüke, Oğuz, İpek, Çağla, Emre"),
    words("""
        ბერიძე/beridze, Պետրոսյան/petrosyan, მაისურაძე/maisuradze, Öztürk, Şahin, Işık, Güneş, Հակոբյան/hakobyan
    """),
)
MONONYMS = words("""
        Suharti, Sukarmin, Ósk, Cher, Batbayar, Widodo, तुलसी/tulsi, Tenzin, Ngawang, سلطان/sultan, Madhuri,
        မင်းသူ/minthu, Plato, Élodie, Q, 龍/long, Mariam
    """)
"""People with one name only."""

REGIONS = {
    _ENGLISH: 20,
    _AMERICAN: 12,
    _IBERIAN: 10,
    _FRENCH: 7,
    _GERMAN: 9,
    _NORDIC: 6,
    _CENTRAL: 8,
    _CYRILLIC: 5,
    _GREEK: 2,
    _ARABIC: 4,
    _HEBREW: 1,
    _CHINESE: 5,
    _JAPANESE: 3,
    _KOREAN: 2,
    _VIETNAMESE: 4,
    _INDIAN: 7,
    _SOUTHEAST_ASIAN: 3,
    _AFRICAN: 5,
    _CAUCASIAN: 3,
}
"""The regions and how many people of a hundred or so come from each."""
