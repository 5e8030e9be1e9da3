"""Names that tables, the queue and the desk have in common, apart from the modules that do something with them."""

FORMS = {
    "van_ban": "Văn bản",
    "infographic": "Infographic",
    "video": "Video",
    "lien_ket": "Chia sẻ liên kết",
}
"""The form of a post."""
REASON_WORDS = {
    "quoc_tang": "Quốc tang",
    "thien_tai": "Thiên tai, bão lũ",
    "su_co_bao_mat": "Sự cố bảo mật",
    "chi_dao": "Theo chỉ đạo",
}
"""Why everything is paused (domain 2.6)."""
