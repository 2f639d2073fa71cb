r"""What TeX's commands for symbols look like in Unicode, and how each symbol behaves beside its neighbours.

The tables follow the unicode-math naming of the symbols (``\epsilon`` is ϵ, ``\varepsilon`` is ε); where fonts of
phones lack the exact character, the nearest common one stands instead (``\leqslant`` is ≤).
"""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """How a piece of a formula behaves beside its neighbours: TeX's classes of atoms, and a few of our own."""

    ORD = "a letter, a digit, a sign that stands for itself"
    OP = "an operator with a name: log, max"
    BIG = "a big operator: a sum, an integral"
    BIN = "a binary operation"
    REL = "a relation or an arrow"
    OPEN = "an opening delimiter"
    CLOSE = "a closing delimiter"
    PUNCT = "a comma, a semicolon, a colon"
    TEXT = "text as its author spaced it"
    WORD = "an upright word among letters"
    FRAC = "a fraction on one line"
    SPACE = "a space that the author asked for"
    GLUE = "white space of the source, which TeX ignores"
    CELL = "the end of a cell"
    ROW = "the end of a row"

    # Members are singletons; Enum's own hash is Python code, and a formula asks for it some ten times a character.
    __hash__ = object.__hash__


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(table: str) -> dict[str, str]:
    """Read ``name sign name sign …``."""
    words = _words(table)
    return dict(zip(words[::2], words[1::2], strict=True))


_ORDINARY = _pairs("""
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ
    lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ
    chi χ psi ψ omega ω digamma ϝ
    Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο
    Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω
    varGamma Γ varDelta Δ varTheta Θ varLambda Λ varXi Ξ varPi Π varSigma Σ varUpsilon Υ varPhi Φ varPsi Ψ varOmega Ω
    upalpha α upbeta β upgamma γ updelta δ upepsilon ε upeta η uptheta θ uplambda λ upmu μ upnu ν uppi π uprho ρ
    upsigma σ uptau τ upphi φ upchi χ uppsi ψ upomega ω
    infty ∞ infin ∞ partial ∂ nabla ∇ grad ∇ hbar ℏ hslash ℏ ell ℓ Re ℜ Im ℑ real ℜ image ℑ wp ℘ weierp ℘ imath ı
    gradient ∇ divergence ∇· curl ∇× laplacian ∇²
    jmath ȷ aleph ℵ alef ℵ beth ℶ gimel ℷ daleth ℸ eth ð mho ℧ Finv Ⅎ Game ⅁ Bbbk 𝕜 complement ∁ emptyset ∅ empty ∅
    varnothing ∅ forall ∀ exists ∃ exist ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥ angle ∠ measuredangle ∡
    sphericalangle ∢ prime ′ backprime ‵ degree ° circledR ® circledS Ⓢ yen ¥ pounds £ euro € copyright © S §
    sect § P ¶ dag † ddag ‡ checkmark ✓ maltese ✠ surd √ flat ♭ natural ♮ sharp ♯ clubsuit ♣ clubs ♣ diamondsuit ♢
    diamonds ♢ heartsuit ♡ hearts ♡ spadesuit ♠ spades ♠ bigstar ★ blacksquare ■ square □ Box □ Diamond ◇ lozenge ◊
    blacklozenge ⧫ triangle △ vartriangle △ triangledown ▽ blacktriangle ▲ blacktriangledown ▼ diagup ╱ diagdown ╲
    ldots … dots … dotsc … dotso … hdots … mathellipsis … textellipsis … cdots ⋯ dotsb ⋯ dotsm ⋯ dotsi ⋯ vdots ⋮
    ddots ⋱ iddots ⋰ adots ⋰ and ∧ or ∨ qed ∎ QED ∎ textvisiblespace ␣ textbackslash ∖ backslash ∖ vert |
    Vert ‖ | ‖ textbar | R ℝ N ℕ Z ℤ Q ℚ Reals ℝ reals ℝ natnums ℕ cnums ℂ Complex ℂ ordinarycolon : lbrack [
    textdegree ° celsius °C ohm Ω micro µ textmu µ textasciitilde ~ textasciicircum ^ textunderscore _ textdollar $
    lq ‘ rq ’ textquotedblleft “ textquotedblright ” textquoteleft ‘ textquoteright ’ textendash – textemdash —
    aa å AA Å ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł ss ß i ı j ȷ dh ð th þ DH Ð TH Þ _ _ % % # # & & $ $
    TeX TeX LaTeX LaTeX KaTeX KaTeX
""")

_BINARY = _pairs("""
    pm ± plusmn ± mp ∓ times × div ÷ cdot · sdot · centerdot · ast * star ⋆ circ ∘ bullet • bull • oplus ⊕ ominus ⊖
    otimes ⊗ oslash ⊘ odot ⊙ bigcirc ◯ dagger † ddagger ‡ cap ∩ cup ∪ Cap ⋒ Cup ⋓ uplus ⊎ sqcap ⊓ sqcup ⊔ vee ∨
    lor ∨ wedge ∧ land ∧ veebar ⊻ barwedge ⊼ doublebarwedge ⩞ curlyvee ⋎ curlywedge ⋏ setminus ∖ smallsetminus ∖
    wr ≀ amalg ⨿ diamond ⋄ bigtriangleup △ bigtriangledown ▽ triangleleft ◁ triangleright ▷ lhd ⊲ rhd ⊳ unlhd ⊴
    unrhd ⊵ dotplus ∔ boxplus ⊞ boxminus ⊟ boxtimes ⊠ boxdot ⊡ intercal ⊺ ltimes ⋉ rtimes ⋊ leftthreetimes ⋋
    rightthreetimes ⋌ divideontimes ⋇ circledast ⊛ circledcirc ⊚ circleddash ⊝ xor ⊕ bmod mod
""")

_RELATIONS = _pairs("""
    leq ≤ le ≤ geq ≥ ge ≥ leqslant ≤ geqslant ≥ leqq ≦ geqq ≧ neq ≠ ne ≠ ll ≪ gg ≫ lll ⋘ ggg ⋙ lt < gt > equiv ≡
    sim ∼ nsim ≁ simeq ≃ backsim ∽ backsimeq ⋍ approx ≈ approxeq ≊ thickapprox ≈ thicksim ∼ cong ≅ ncong ≇ doteq ≐
    doteqdot ≑ Doteq ≑ fallingdotseq ≒ risingdotseq ≓ circeq ≗ eqcirc ≖ triangleq ≜ bumpeq ≏ Bumpeq ≎ coloneqq ≔
    coloneq ≔ colonequals ≔ eqqcolon ≕ eqcolon ≕ defeq ≝ eqdef ≝ propto ∝ varpropto ∝ asymp ≍ prec ≺ succ ≻ preceq ⪯
    succeq ⪰ preccurlyeq ≼ succcurlyeq ≽ curlyeqprec ⋞ curlyeqsucc ⋟ precsim ≾ succsim ≿ precapprox ⪷ succapprox ⪸
    nprec ⊀ nsucc ⊁ npreceq ⋠ nsucceq ⋡ subset ⊂ sub ⊂ supset ⊃ subseteq ⊆ sube ⊆ supseteq ⊇ supe ⊇ subseteqq ⫅
    supseteqq ⫆ nsubseteq ⊈ nsupseteq ⊉ subsetneq ⊊ supsetneq ⊋ subsetneqq ⫋ supsetneqq ⫌ varsubsetneq ⊊
    varsupsetneq ⊋ Subset ⋐ Supset ⋑ sqsubset ⊏ sqsupset ⊐ sqsubseteq ⊑ sqsupseteq ⊒ in ∈ isin ∈ ni ∋ owns ∋
    notin ∉ notni ∌ vdash ⊢ dashv ⊣ Vdash ⊩ vDash ⊨ models ⊨ Vvdash ⊪ nvdash ⊬ nvDash ⊭ nVdash ⊮ nVDash ⊯ perp ⊥
    Perp ⊥ parallel ∥ nparallel ∦ shortparallel ∥ nshortparallel ∦ mid | nmid ∤ shortmid | nshortmid ∤ divides |
    smile ⌣ frown ⌢ bowtie ⋈ Join ⋈ between ≬ pitchfork ⋔ therefore ∴ because ∵ lesssim ≲ gtrsim ≳ lessapprox ⪅
    gtrapprox ⪆ lessgtr ≶ gtrless ≷ lesseqgtr ⋚ gtreqless ⋛ lessdot ⋖ gtrdot ⋗ nless ≮ ngtr ≯ nleq ≰ ngeq ≱
    nleqslant ≰ ngeqslant ≱ lneq ⪇ gneq ⪈ lneqq ≨ gneqq ≩ lnsim ⋦ gnsim ⋧ lnapprox ⪉ gnapprox ⪊ eqsim ≂
    eqslantless ⪕ eqslantgtr ⪖ vartriangleleft ⊲ vartriangleright ⊳ trianglelefteq ⊴ trianglerighteq ⊵
    ntriangleleft ⋪ ntriangleright ⋫ ntrianglelefteq ⋬ ntrianglerighteq ⋭ blacktriangleleft ◀ blacktriangleright ▶
    indep ⫫ Vbar ⫫
""")

_ARROWS = _pairs("""
    to → rightarrow → rarr → gets ← leftarrow ← larr ← leftrightarrow ↔ harr ↔ lrarr ↔ Rightarrow ⇒ rArr ⇒ Leftarrow ⇐
    lArr ⇐ Leftrightarrow ⇔ hArr ⇔ lrArr ⇔ implies ⟹ impliedby ⟸ iff ⟺ longrightarrow ⟶ longleftarrow ⟵
    longleftrightarrow ⟷ Longrightarrow ⟹ Longleftarrow ⟸ Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ mapsfrom ↤
    uparrow ↑ uarr ↑ downarrow ↓ darr ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ Updownarrow ⇕ nearrow ↗ searrow ↘
    swarrow ↙ nwarrow ↖ hookrightarrow ↪ hookleftarrow ↩ rightharpoonup ⇀ rightharpoondown ⇁ leftharpoonup ↼
    leftharpoondown ↽ upharpoonright ↾ restriction ↾ upharpoonleft ↿ downharpoonright ⇂ downharpoonleft ⇃
    rightleftharpoons ⇌ leftrightharpoons ⇋ rightleftarrows ⇄ leftrightarrows ⇆ rightrightarrows ⇉ leftleftarrows ⇇
    upuparrows ⇈ downdownarrows ⇊ leadsto ⇝ rightsquigarrow ⇝ leftrightsquigarrow ↭ twoheadrightarrow ↠
    twoheadleftarrow ↞ rightarrowtail ↣ leftarrowtail ↢ looparrowright ↬ looparrowleft ↫ curvearrowright ↷
    curvearrowleft ↶ circlearrowright ↻ circlearrowleft ↺ nrightarrow ↛ nleftarrow ↚ nleftrightarrow ↮ nRightarrow ⇏
    nLeftarrow ⇍ nLeftrightarrow ⇎ dashrightarrow ⇢ dasharrow ⇢ dashleftarrow ⇠ Rrightarrow ⇛ Lleftarrow ⇚ Lsh ↰
    Rsh ↱ multimap ⊸ upmodels ⊨
""")

_BIG = _pairs("""
    sum ∑ prod ∏ coprod ∐ int ∫ intop ∫ smallint ∫ iint ∬ iiint ∭ iiiint ⨌ oint ∮ oiint ∯ oiiint ∰ bigcap ⋂ bigcup ⋃
    idotsint ∫⋯∫ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ bigotimes ⨂ bigodot ⨀ biguplus ⨄ bigsqcup ⨆
""")

_OPENING = _pairs(
    "lbrace { { { lbrack [ lparen ( langle ⟨ lang ⟨ lfloor ⌊ lceil ⌈ lvert | lVert ‖ llbracket ⟦ lgroup ( "
    "ulcorner ⌜ llcorner ⌞ lmoustache ( lAngle ⟪"
)
_CLOSING = _pairs(
    "rbrace } } } rbrack ] rparen ) rangle ⟩ rang ⟩ rfloor ⌋ rceil ⌉ rvert | rVert ‖ rrbracket ⟧ rgroup ) "
    "urcorner ⌝ lrcorner ⌟ rmoustache ) rAngle ⟫"
)

_NAMED = _words(
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth sech csch arcsin arccos arctan arccot arcsinh arccosh "
    "arctanh max min sup inf lim arg argmax argmin det dim gcd lcm deg hom ker Pr tr Tr rank diag sgn sign softmax "
    "sigmoid Var Cov erf ch sh th tg ctg cth cosec arctg arcctg mod span supp vec relu ReLU"
)
_RENAMED = {
    "limsup": "lim sup",
    "liminf": "lim inf",
    "varlimsup": "lim sup",
    "varliminf": "lim inf",
    "injlim": "inj lim",
    "projlim": "proj lim",
    "varinjlim": "inj lim",
    "varprojlim": "proj lim",
    "plim": "plim",
}

SYMBOLS: dict[str, tuple[str, Kind]] = {
    **{name: (sign, Kind.ORD) for name, sign in _ORDINARY.items()},
    **{name: (sign, Kind.BIN) for name, sign in _BINARY.items()},
    **{name: (sign, Kind.REL) for name, sign in (_RELATIONS | _ARROWS).items()},
    **{name: (sign, Kind.BIG) for name, sign in _BIG.items()},
    **{name: (sign, Kind.OPEN) for name, sign in _OPENING.items()},
    **{name: (sign, Kind.CLOSE) for name, sign in _CLOSING.items()},
    **{name: (name, Kind.OP) for name in _NAMED if name != "vec"},
    **{name: (words, Kind.OP) for name, words in _RENAMED.items()},
    "colon": (":", Kind.PUNCT),
    "vcentcolon": (":", Kind.REL),
    "dblcolon": ("∷", Kind.REL),
}
"""A command's name to its sign and kind."""

CHARACTERS: dict[str, tuple[str, Kind]] = {
    **{sign: (sign, Kind.BIN) for sign in _BINARY.values() if len(sign) == 1},
    **{sign: (sign, Kind.REL) for sign in (*_RELATIONS.values(), *_ARROWS.values()) if sign != "|"},
    **{sign: (sign, Kind.BIG) for sign in _BIG.values()},
    **{sign: (sign, Kind.OPEN) for sign in _OPENING.values() if sign not in "|‖"},
    **{sign: (sign, Kind.CLOSE) for sign in _CLOSING.values() if sign not in "|‖"},
    "+": ("+", Kind.BIN),
    "-": ("−", Kind.BIN),
    "−": ("−", Kind.BIN),
    **{sign: (sign, Kind.REL) for sign in "⩽⩾⟂∣"},
    "=": ("=", Kind.REL),
    "<": ("<", Kind.REL),
    ">": (">", Kind.REL),
    ":=": (":=", Kind.REL),
    "<=": ("≤", Kind.REL),
    ">=": ("≥", Kind.REL),
    "->": ("→", Kind.REL),
    "=>": ("⇒", Kind.REL),
    "||": ("||", Kind.ORD),
    "...": ("…", Kind.ORD),
    ",": (",", Kind.PUNCT),
    ";": (";", Kind.PUNCT),
    ":": (":", Kind.PUNCT),
    "，": ("，", Kind.ORD),
    "~": (" ", Kind.SPACE),
    "†": ("†", Kind.ORD),
    "‡": ("‡", Kind.ORD),
}
"""A character of the source to its sign and kind; any other stands for itself, as ``ORD``."""

SPACES: dict[str, str] = {
    **dict.fromkeys(
        (",", ":", ";", ">", " ", "\n", "\t", "thinspace", "medspace", "thickspace", "space", "nobreakspace"), " "
    ),
    **dict.fromkeys(("enspace", "enskip", "quad", "qquad", "hfill", "hfil"), "  "),
    **dict.fromkeys(("!", "negthinspace", "negmedspace", "negthickspace"), ""),
}
"""Spacing commands: one blank, two for the wide ones that divide two formulas."""

IGNORED = frozenset(
    _words(
        "limits nolimits displaylimits displaystyle textstyle scriptstyle scriptscriptstyle mathstrut strut null relax "
        "notag nonumber hline hdashline toprule midrule bottomrule centering nobreak allowbreak noindent indent par "
        "protect / ensuremath mathsurround normalsize small large Large LARGE huge Huge tiny scriptsize footnotesize "
        "boldmath unboldmath begingroup endgroup bgroup egroup global long limits ( ) [ ] - @ "
        "displayindent makeatletter makeatother nonscript xspace vfill newline break smallskip medskip bigskip "
        "leavevmode unskip ignorespaces eqno leqno normalfont rmfamily upshape"
    )
)
"""Commands that change nothing which a line of text can show."""

DROPPED: dict[str, int] = {
    **dict.fromkeys(
        (
            "end",
            "label",
            "vspace",
            "phantom",
            "hphantom",
            "vphantom",
            "require",
            "cline",
            "color",
            "arraystretch",
            "setlength",
            "usepackage",
            "mathtoolsset",
            "pagebreak",
            "allowdisplaybreaks",
            "definecolor",
            "cssId",
            "class",
            "style",
        ),
        1,
    ),
    "rule": 2,
    "textcolor": 1,
    "colorbox": 1,
    "href": 1,
    "raisebox": 1,
    "scalebox": 1,
    "resizebox": 2,
    "fcolorbox": 2,
    "multicolumn": 2,
    "multirow": 2,
    "enclose": 1,
    "htmlClass": 1,
    "htmlId": 1,
    "htmlStyle": 1,
    "htmlData": 1,
}
"""Commands of which that many arguments say nothing to a reader."""
