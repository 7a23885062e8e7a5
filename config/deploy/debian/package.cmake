# The Debian package: what is installed beside the program, and what CPack is told of it.
# `./dev package` configures with -DLASTFRAME_PACKAGE=ON -DCMAKE_INSTALL_PREFIX=/usr and builds it.

include(GNUInstallDirs)
set(LASTFRAME_MAINTAINER "The Lastframe authors <lastframe@packages.invalid>" CACHE STRING
    "Who answers for the package: name and address, as Debian's control files have them")

# What Debian builds its own packages with, and no path of this machine in the program, so that the
# same sources give the same file anywhere. A build id would be made from those paths.
add_compile_options(-ffile-prefix-map=${PROJECT_BINARY_DIR}=. -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
                    -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE)
add_link_options(-Wl,--build-id=none -Wl,-z,relro -Wl,-z,now -pie)

set(here ${CMAKE_CURRENT_LIST_DIR})
set(made ${PROJECT_BINARY_DIR}/debian)

# gzip -n: no name and no time within.
function(lastframe_gzip from to)
  execute_process(COMMAND gzip -9nc ${from} OUTPUT_FILE ${made}/${to} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endfunction()

file(MAKE_DIRECTORY ${made})
lastframe_gzip(${here}/changelog changelog.Debian.gz)
lastframe_gzip(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog.gz)
lastframe_gzip(${PROJECT_SOURCE_DIR}/docs/lastframe.1 lastframe.1.gz)

install(FILES ${made}/changelog.Debian.gz ${made}/changelog.gz ${here}/copyright
              ${PROJECT_SOURCE_DIR}/README.md
        DESTINATION share/doc/lastframe)
install(FILES ${PROJECT_SOURCE_DIR}/config/lastframe.yaml
        DESTINATION share/doc/lastframe/examples)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/examples/ DESTINATION share/doc/lastframe/examples)
install(FILES ${made}/lastframe.1.gz DESTINATION share/man/man1)
install(FILES ${PROJECT_SOURCE_DIR}/config/deploy/systemd/lastframe.service
        DESTINATION /lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/config/deploy/systemd/sysusers.conf
        DESTINATION lib/sysusers.d RENAME lastframe.conf)
install(FILES ${PROJECT_SOURCE_DIR}/config/deploy/systemd/lastframe.yaml
        DESTINATION /etc/lastframe PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
install(FILES ${here}/logrotate DESTINATION /etc/logrotate.d RENAME lastframe)
install(FILES ${here}/lintian-overrides DESTINATION share/lintian/overrides RENAME lastframe)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME lastframe)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${LASTFRAME_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "transparent WebSocket proxy that says why connections end")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The account is made by systemd-sysusers, also where another init runs.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "logrotate, prometheus")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Lastframe stands in front of a WebSocket service, or anywhere on the path. It
relays every byte unchanged, looks at each frame, and says of every connection
that ended who ended it, how, with which close code, the likely cause, the
evidence for it and what to change: as a log, as metrics and on the command
line.

The package has the program, a sandboxed systemd unit and a manual page. The
unit is not started before you have told it which service stands behind it.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${here}/conffiles ${here}/postinst ${here}/prerm ${here}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
